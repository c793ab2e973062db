"""The usual tutorial's worker: prefork, one `generate` a job, every piece of text published.

`celery --app tests.bench.tutorial.worker worker`, with REDIS_URL and MODEL in the environment.
"""

import os
from threading import Thread
from typing import Any

import redis
from celery import Celery, signals

from tests.bench.prompts import TOP_K, TOP_P

DONE = "[DONE]"
app = Celery("tutorial", broker=os.environ.get("REDIS_URL"))
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 1
_loaded: dict[str, Any] = {}


@signals.worker_process_init.connect
def load(**_: object) -> None:
    """Once in every process of the pool."""
    from transformers import AutoTokenizer, GPT2LMHeadModel

    model = os.environ["MODEL"]
    _loaded["tokenizer"] = AutoTokenizer.from_pretrained(model)
    _loaded["model"] = GPT2LMHeadModel.from_pretrained(model)
    _loaded["redis"] = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.task
def generate(job_id: str, prompt: str, tokens: int) -> None:
    from transformers import TextIteratorStreamer

    tokenizer = _loaded["tokenizer"]
    streamer = TextIteratorStreamer(tokenizer, skip_prompt=True)
    wanted = {
        **tokenizer(prompt, return_tensors="pt"),
        "streamer": streamer,
        "max_new_tokens": tokens,
        "do_sample": True,
        "top_k": TOP_K,
        "top_p": TOP_P,
    }
    thread = Thread(target=_loaded["model"].generate, kwargs=wanted)
    thread.start()
    for text in streamer:
        if text:
            _loaded["redis"].publish(job_id, text)
    thread.join()
    _loaded["redis"].publish(job_id, DONE)
