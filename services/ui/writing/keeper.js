// What is typed outlives a refresh: the tab's own storage holds it, one entry for each story.

const STORED = "once-typed:";
const memory = (window.onceKeeper ??= { story: null, warned: false });

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

function withText({ sheet, edit }, place, text) {
  if (typeof place === "string") return { sheet: { ...sheet, [place]: text }, edit };
  return { sheet, edit: edit && { ...edit, texts: edit.texts.with(place, text) } };
}

function textAt({ sheet, edit }, place) {
  return typeof place === "string" ? sheet[place] : edit?.texts[place];
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

class Keeper {
  constructor() {
    // What was typed and has not come back from the page, which hears of it when the field is left.
    this.ahead = new Map();
    document.addEventListener("input", this, true);
    document.addEventListener("keydown", this, true);
  }

  show(data, giveBack) {
    this.data = data;
    const isNew = memory.story !== data.story;
    // What became a story is no draft of one any more.
    if (isNew && memory.story === "") sessionStorage.removeItem(STORED);
    const known = { sheet: data.sheet, edit: data.edit };
    if (isNew) this.lookAround(known);
    memory.story = data.story;
    const before = isNew && !this.ahead.size && stored(data.story);
    if (before && !isSame(before, known)) giveBack({ story: data.story, ...before });
    else this.keep(known);
  }

  // Somebody may have typed already when this script comes to life.
  lookAround(known) {
    this.ahead.clear();
    for (const [label, place] of Object.entries(this.data.fields)) {
      const element = document.querySelector(`[aria-label=${JSON.stringify(label)}]`);
      if (element && element === document.activeElement && element.value !== textAt(known, place))
        this.ahead.set(place, element.value);
    }
  }

  keep(known) {
    let typed = known;
    for (const [place, text] of this.ahead) {
      if (textAt(known, place) === text) this.ahead.delete(place);
      else typed = withText(typed, place, text);
    }
    store(this.data.story, typed);
  }

  handleEvent({ type, target, altKey }) {
    if (type === "input") {
      const place = this.data.fields[target.getAttribute("aria-label")];
      if (place === undefined) return;
      this.ahead.set(place, target.value);
      this.keep({ sheet: this.data.sheet, edit: this.data.edit });
    } else if (altKey && "selectionStart" in target) {
      target.blur(); // A shortcut means the text as it stands.
      target.focus();
    }
  }

  close() {
    document.removeEventListener("input", this, true);
    document.removeEventListener("keydown", this, true);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const keeper = (parentElement.onceKeeper ??= new Keeper());
  keeper.show(data, (typed) => setTriggerValue("typed", typed));
  return () => {
    keeper.close();
    delete parentElement.onceKeeper;
  };
}
