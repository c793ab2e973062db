// A comment that is not sent yet outlives a refresh: the tab's own storage holds it.

const STORED = "once-comment:";

class Comment {
  show(data, giveBack) {
    const isFirst = !this.data;
    this.data = data;
    this.key = STORED + data.job;
    const kept = sessionStorage.getItem(this.key);
    if (kept === null) return;
    if (kept.trim() === data.said) sessionStorage.removeItem(this.key);
    else if (isFirst) giveBack(kept);
  }

  handleEvent({ target }) {
    if (target.closest(`.${CSS.escape(this.data.field)}`))
      sessionStorage.setItem(this.key, target.value);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!parentElement.onceComment) {
    parentElement.onceComment = new Comment();
    document.addEventListener("input", parentElement.onceComment, true);
  }
  parentElement.onceComment.show(data, (text) => setTriggerValue("typed", text));
  return () => {
    document.removeEventListener("input", parentElement.onceComment, true);
    delete parentElement.onceComment;
  };
}
