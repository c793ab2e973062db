// What is typed outlives a refresh: the tab's own storage holds it, one entry for each story.

const STORED = "once-typed:";
const TITLE = "title";
const PATIENCE_MS = 1000;
const memory = (window.onceKeeper ??= begin());

function begin() {
  const typed = new WeakMap(); // what was typed last into an element, whoever listens besides
  document.addEventListener("input", ({ target }) => typed.set(target, target.value), true);
  return {
    story: null,
    session: null,
    inVain: 0,
    taken: 0,
    given: null, // what is on its way back to the page
    unheard: new Map(),
    typed,
    warned: false,
  };
}

function stored(story) {
  const found = sessionStorage.getItem(STORED + story);
  return found && JSON.parse(found);
}

function store(story, typed) {
  try {
    sessionStorage.setItem(STORED + story, JSON.stringify(typed));
  } catch (error) {
    if (!memory.warned) console.warn("What is typed will not outlive a refresh:", error);
    memory.warned = true;
  }
}

function withText(typed, place, text) {
  const { sheet, edit } = typed;
  if (place === TITLE) return { ...typed, title: text };
  if (typeof place === "string") return { ...typed, sheet: { ...sheet, [place]: text } };
  return { ...typed, edit: edit && { ...edit, texts: edit.texts.with(place, text) } };
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

class Keeper {
  constructor() {
    // What was typed and has not come back from the page, which hears of it when the field is left.
    this.ahead = new Map();
    // By label: a field is on the page before the run ends that tells which place it has.
    this.early = new Map();
    document.addEventListener("input", this, true);
    document.addEventListener("keydown", this, true);
    document.addEventListener("click", this, true);
  }

  show(data, giveBack) {
    const hasComeBack = !this.data;
    this.data = data;
    this.hasHeard = true;
    const isFirst = memory.session === null;
    const isOther = memory.story !== data.story;
    // The page outlives the server's memory of it: after a restart, or a long time offline.
    const isForgotten = !isFirst && memory.session !== data.session;
    const isNew = isOther || isForgotten || data.in_vain > memory.inVain;
    // What became a story is no draft of one any more.
    if (isOther && memory.story === "" && data.is_begun) sessionStorage.removeItem(STORED);
    memory.story = data.story;
    memory.session = data.session;
    memory.inVain = data.in_vain;
    if (isNew || data.taken !== memory.taken) memory.given = null;
    memory.taken = data.taken;
    const known = this.known();
    const unheard = memory.unheard; // of the last page; what comes after is newer
    memory.unheard = new Map();
    if (!isNew) this.takeEarly();
    this.early.clear();
    if (isNew) {
      this.lookAround(isFirst);
      const before = this.withAhead(stored(data.story) ?? known);
      if (!isSame(before, known)) {
        memory.given = before;
        giveBack({ story: data.story, forgotten: isForgotten && !isOther, ...before });
        return;
      }
    } else if (unheard.size || (hasComeBack && memory.given)) {
      this.ahead = unheard;
      giveBack({ story: data.story, forgotten: false, ...this.withAhead(known) });
    }
    this.keep(known);
  }

  takeEarly() {
    for (const [label, text] of this.early) {
      const place = this.data.fields[label];
      if (place !== undefined) this.ahead.set(place, text);
    }
  }

  // Somebody may have typed already when this script comes to life. A field that has come back to the
  // page says nothing for a moment, which nobody typed.
  lookAround(isFirst) {
    this.ahead.clear();
    const element = document.activeElement;
    const place = this.data.fields[element.getAttribute("aria-label")];
    const isTyped = isFirst || memory.typed.get(element) === element.value;
    if (place !== undefined && isTyped && element.value !== this.heard(place))
      this.ahead.set(place, element.value);
  }

  // What is on its way back is known, whatever a run of the page says that was begun before.
  // A title is the story's own, and none that was typed, until somebody types.
  known() {
    const { sheet, guessed, edit, typed_title: title } = this.data;
    return memory.given ?? { sheet, guessed, edit, title };
  }

  heard(place) {
    if (place === TITLE) return this.data.title;
    return typeof place === "string" ? this.data.sheet[place] : this.data.edit?.texts[place];
  }

  keep(known) {
    for (const [place, text] of this.ahead)
      if (this.heard(place) === text) this.ahead.delete(place);
    if (this.ahead.size === 0) this.leave();
    store(this.data.story, this.withAhead(known));
  }

  withAhead(known) {
    return [...this.ahead].reduce((typed, [place, text]) => withText(typed, place, text), known);
  }

  // The press that leads to another page also takes the cursor out of a field. Told of both at once,
  // Streamlit may hear of the field last, and shows this page again, without its address.
  holdBack(event) {
    const link = event.target.closest(PAGE_LINK);
    const isHeard = this.hasHeard && this.ahead.size === 0;
    if (!link || !event.isTrusted || isHeard || this.leaving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.leaving = link;
    setTimeout(() => this.leave(), PATIENCE_MS);
  }

  leave() {
    const link = this.leaving;
    this.leaving = null;
    link?.click();
  }

  handleEvent(event) {
    const { type, target, altKey } = event;
    if (type === "click") {
      this.holdBack(event);
    } else if (type === "input") {
      this.hasHeard = false;
      const label = target.getAttribute("aria-label");
      const place = this.data.fields[label];
      if (place === undefined) {
        this.early.set(label, target.value);
        return;
      }
      this.ahead.set(place, target.value);
      this.keep(this.known());
    } else if (altKey && "selectionStart" in target) {
      target.blur(); // A shortcut means the text as it stands.
      target.focus();
    }
  }

  // A page that was left before it heard of something hears of it when one comes back.
  close() {
    this.takeBack?.();
    memory.unheard = this.ahead;
    document.removeEventListener("input", this, true);
    document.removeEventListener("keydown", this, true);
    document.removeEventListener("click", this, true);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const keeper = (parentElement.onceKeeper ??= new Keeper());
  keeper.show(data, (typed) => {
    keeper.takeBack?.();
    keeper.takeBack = tellUnlessLeaving(() => setTriggerValue("typed", typed));
  });
  return () => {
    keeper.close();
    delete parentElement.onceKeeper;
  };
}
