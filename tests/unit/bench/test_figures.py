import asyncio

import pytest

from tests.bench.relay.readers import Tally
from tests.bench.stack.client import Server, Stream, read
from tests.bench.stack.dialects import OpenAI, Wanted
from tests.bench.stack.figures import steady, together


def test_figures_of_streams_that_overlap() -> None:
    early = Stream(4, asked=0, times=[1, 2, 3, 4])
    late = Stream(4, asked=0, times=[2, 3, 4, 6])
    found = together([early, late])
    assert found["tokens/s"] == 8 / 6
    assert found["steady tokens/s"] == 4 / 2  # from 2, when both write, to 4, when one has ended
    assert (found["first token p50, ms"], found["first token max, ms"]) == (1000, 2000)
    assert found["between events p95, ms"] == 2000


def test_pauses_between_events_and_between_arrivals() -> None:
    found = together([Stream(6, asked=0, times=[1, 1, 1, 3, 3, 3])])
    assert found["between events p50, ms"] == 0
    assert found["between arrivals p50, ms"] == 2000


def test_streams_that_never_run_together_have_no_steady_pace() -> None:
    assert steady([Stream(2, 0, [1, 2]), Stream(2, 0, [3, 4])]) == {}


def test_events_that_hold_text_back_count_for_all_of_it() -> None:
    assert steady([Stream(8, 0, [1, 2, 3, 4])]) == {"steady tokens/s": 6 / 3}


def told(*, together: int) -> list[Stream]:
    """Sixteen stories of a token each 10 ms, told so many at once but for the first and the last;
    each begins 1 ms behind the one before it.
    """
    streams = []
    for late in range(16):
        drawn = [0.001 * late + 0.01 * index for index in range(96)]
        times = [drawn[min(-(-index // together) * together, 95)] for index in range(96)]
        streams.append(Stream(96, 0, times))
    return streams


@pytest.mark.parametrize("together", [1, 4, 5, 10, 19])
def test_tokens_that_are_told_together_are_no_slower_than_others(together: int) -> None:
    assert steady(told(together=together))["steady tokens/s"] == pytest.approx(1600, rel=0.01)


async def answering(answer: bytes) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def read_from(answer: bytes) -> Stream:
    stream, dialect = Stream(2), OpenAI("model")
    async with await answering(answer) as server:
        port = server.sockets[0].getsockname()[1]
        await read(Server(port, dialect), Wanted("a fox", 2, 1), stream)
    return stream


async def test_client_notes_each_piece_of_text() -> None:
    piece = b'data: {"choices": [{"text": " the"}]}\r\n\r\n'
    end = b'data: {"choices": [{"text": "", "finish_reason": "length"}]}\r\n\r\n'
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in (piece, piece, end))
    stream = await read_from(head + chunks)
    assert len(stream.times) == 2
    assert stream.asked <= stream.first <= stream.last


async def test_client_does_not_take_a_refusal_or_a_break_for_a_story() -> None:
    with pytest.raises(RuntimeError, match="503"):
        await read_from(b"HTTP/1.1 503 Service Unavailable\r\n\r\nbusy")
    with pytest.raises(RuntimeError, match="broke off"):
        await read_from(b'HTTP/1.1 200 OK\r\n\r\ndata: {"choices": [{"text": " the"}]}\r\n\r\n')


async def test_client_does_not_count_a_story_that_ended_early() -> None:
    """Its tokens would be counted as if it had written all that was asked for."""
    end = b'data: {"choices": [{"text": " the", "finish_reason": "stop"}]}\r\n\r\n'
    with pytest.raises(RuntimeError, match="by itself"):
        await read_from(b"HTTP/1.1 200 OK\r\n\r\n" + end)


def test_tally_finds_tokens_wherever_the_stream_is_cut() -> None:
    story = b'id: 1\r\nevent: token\r\ndata: {"index":1,"text":"1","ids":[1]}\r\n\r\n' * 3
    for cut in range(len(story)):
        tally = Tally()
        tally.take(story[:cut])
        tally.take(story[:cut][-11:] + story[cut:])
        assert tally.events == 3
