// A click on a word of the story chooses a place in it: what can be done there stands beside it.

const TEXT = ".once-page .once-text";
const LEFT = "once-left";
const LONGEST_WORD = 24;

class Picker {
  constructor(pick) {
    this.pick = pick;
    this.menu = document.createElement("div");
    this.menu.className = "once-menu";
    this.menu.setAttribute("role", "group");
    this.menu.tabIndex = -1;
    this.menu.setAttribute("aria-label", "At this place in the story");
    document.addEventListener("click", this);
    document.addEventListener("keydown", this);
  }

  show(data) {
    if (JSON.stringify(data) === JSON.stringify(this.data)) return;
    this.data = data;
    this.close();
  }

  handleEvent(event) {
    if (event.type === "click" && !this.menu.contains(event.target)) this.look(event);
    if (event.type === "keydown" && event.key === "Escape") this.close();
  }

  look(event) {
    this.close();
    const text = event.target.closest(TEXT);
    if (!text || !document.getSelection().isCollapsed) return;
    const caret = caretAt(event.clientX, event.clientY);
    const passage = caret && text.contains(caret.node) && passageOf(caret.node);
    const place = passage && this.data.places[[...text.children].indexOf(passage)];
    if (place) this.open(text, passage, place, wordEnd(passage, caret));
  }

  // `at` counts UTF-16 units of what is shown of the passage; Python counts characters of all of it.
  open(text, passage, [id, hidden], at) {
    const kept = passage.textContent.slice(0, at);
    const word = kept.match(/\S*$/)[0];
    const shown = word.length > LONGEST_WORD ? `…${word.slice(-LONGEST_WORD)}` : word;
    const buttons = this.data.choices.map(([act, label]) => {
      const button = document.createElement("button");
      button.textContent = label.replace("{word}", shown);
      button.onclick = () => {
        this.close();
        this.pick({ act, passage: id, at: [...kept].length + hidden });
      };
      return button;
    });
    this.menu.replaceChildren(...buttons);
    const left = new Range();
    left.setStart(...position(passage, at));
    left.setEndAfter(text.lastChild);
    if (this.data.leaves) CSS.highlights?.set(LEFT, new Highlight(left));
    this.stand(text.parentElement, left.getClientRects()[0] ?? passage.getBoundingClientRect());
    // Not its first button: who only wants to scroll on presses a key now.
    this.menu.focus({ preventScroll: true });
  }

  stand(article, place) {
    const page = article.getBoundingClientRect();
    article.append(this.menu);
    const most = page.width - this.menu.offsetWidth - 8;
    this.menu.style.left = `${Math.max(8, Math.min(place.left - page.left, most))}px`;
    this.menu.style.top = `${place.bottom - page.top + 4}px`;
  }

  close() {
    this.menu.remove();
    CSS.highlights?.delete(LEFT);
  }

  leave() {
    this.close();
    document.removeEventListener("click", this);
    document.removeEventListener("keydown", this);
  }
}

function caretAt(x, y) {
  const caret = document.caretPositionFromPoint?.(x, y);
  if (caret) return { node: caret.offsetNode, offset: caret.offset };
  const range = document.caretRangeFromPoint?.(x, y);
  return range && { node: range.startContainer, offset: range.startOffset };
}

function passageOf(node) {
  const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  return element.closest(".once-passage");
}

function pieces(passage) {
  const walker = document.createTreeWalker(passage, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

// The end of the word that the caret is in, or behind; of the first one, where nothing stands before.
function wordEnd(passage, { node, offset }) {
  let at = offset;
  for (const piece of pieces(passage)) {
    if (piece === node) break;
    at += piece.length;
  }
  const rest = passage.textContent.slice(at);
  return at + rest.match(at ? /^\S*/ : /^\s*\S*/)[0].length;
}

function position(passage, at) {
  const all = pieces(passage);
  const piece = all.find((each) => at <= each.length || ((at -= each.length), false));
  return piece ? [piece, at] : [passage, passage.childNodes.length];
}

export default function ({ parentElement, data, setTriggerValue }) {
  const picker = (parentElement.oncePicker ??= new Picker((picked) =>
    setTriggerValue("picked", picked),
  ));
  picker.show(data);
  return () => {
    picker.leave();
    delete parentElement.oncePicker;
  };
}
