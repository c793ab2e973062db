// A story on the page: its text, or the line that says how it stands. Both follow one stream.
// All text is data: it only ever becomes text nodes.

const RETRY_MS = 1000;
const streams = (window.onceStreams ??= new Map());

class Stream {
  static of(url) {
    if (!streams.has(url)) streams.set(url, new Stream(url));
    return streams.get(url);
  }

  constructor(url) {
    this.url = url;
    this.followers = new Set();
    this.told = null;
    this.connect();
  }

  connect() {
    this.source = new EventSource(this.url);
    this.source.onmessage = (message) => this.take(JSON.parse(message.data));
    this.source.onerror = () => {
      // The browser connects again by itself, unless what it got was no stream.
      if (this.source.readyState === EventSource.CLOSED)
        this.retry = setTimeout(() => this.connect(), RETRY_MS);
    };
  }

  take({ text, more, ...rest }) {
    this.told = { ...rest, text: more === undefined ? text : this.told.text + more };
    if (rest.over) this.source.close();
    for (const part of [...this.followers]) part.draw();
  }

  leave(part) {
    this.followers.delete(part);
    if (this.followers.size) return;
    clearTimeout(this.retry);
    this.source.close();
    streams.delete(this.url);
  }
}

class Part {
  constructor(home) {
    this.home = home;
  }

  show(data, ended) {
    this.data = data;
    this.ended = ended;
    if (this.url !== data.url) {
      this.close();
      this.url = data.url;
      this.stream = data.url && Stream.of(data.url);
      this.stream?.followers.add(this);
    }
    this.build();
    this.draw();
  }

  get told() {
    return this.stream?.told;
  }

  close() {
    this.takeBack?.();
    this.stream?.leave(this);
    this.stream = this.url = null;
  }
}

class Page extends Part {
  build() {
    if (!this.article) {
      this.article = added(this.home, "article");
      this.head = made("p", "once-draft-status");
      this.seed = made("p", "once-seed");
      this.text = added(this.article, "div", "once-text");
      this.note = made("p", "once-note");
      this.legend = made("p", "once-legend");
      this.seed.dir = this.text.dir = "auto";
      this.passages = [];
    }
    const { label, seed, legend } = this.data;
    this.article.setAttribute("aria-label", label);
    this.seed.classList.toggle("once-by-seed", legend.length > 0);
    this.seed.textContent = seed;
    this.legend.replaceChildren(...legend.map(([words, origin]) => span(words, origin)));
  }

  draw() {
    const { passages, frame, head, url } = this.data;
    const { text, status, note, over } = this.told ?? { ...this.data, over: !url };
    const [known, origin] = passages.at(-1)?.[0] ?? ["", null];
    // What the page knew may be ahead of a stream that has only just begun.
    const grown = this.told && text.length >= known.length;
    this.write(grown ? [...passages.slice(0, -1), [[text, origin]]] : passages);
    this.head.textContent = head ? `${head} · ${status}` : "";
    this.note.textContent = head ? "" : note;
    this.place();
    this.article.className = `once-page ${frame}${over ? "" : " once-live"}`;
    this.article.setAttribute("aria-busy", String(!over));
    if (over && url) {
      this.takeBack?.();
      this.takeBack = tellUnlessLeaving(this.ended);
    }
  }

  // Passages that stand already are left alone, and one that grew gets only what came: what a
  // reader has selected stays selected.
  write(passages) {
    while (this.passages.length > passages.length) this.passages.pop().element.remove();
    passages.forEach((pieces, at) => {
      const here = (this.passages[at] ??= { element: added(this.text, "span", "once-passage") });
      if (pieces.length === 1 && here.pieces?.length === 1 && grows(here.pieces[0], pieces[0]))
        here.element.firstChild.firstChild.appendData(pieces[0][0].slice(here.pieces[0][0].length));
      else if (JSON.stringify(here.pieces) !== JSON.stringify(pieces))
        here.element.replaceChildren(...pieces.map(([text, origin]) => span(text, origin)));
      here.pieces = pieces;
    });
  }

  // What says nothing is not there. The text is never moved: that would end a selection.
  place() {
    for (const element of [this.seed, this.head]) {
      if (!element.textContent) element.remove();
      else if (!element.isConnected) this.article.prepend(element);
    }
    for (const element of [this.note, this.legend]) {
      if (!element.textContent) element.remove();
      else this.article.append(element);
    }
  }
}

class Status extends Part {
  build() {
    if (this.line) return;
    this.line = added(this.home, "p", "once-status");
    this.dot = added(this.line, "span");
    this.words = added(this.line, "span");
    // A line that is there before its words change is announced by every screen reader.
    this.line.setAttribute("role", "status");
  }

  draw() {
    const isStopping = this.data.stopping && !this.told?.over;
    const { status, colour } = (!isStopping && this.told) || this.data;
    this.dot.className = `once-dot once-${colour}`;
    if (this.words.textContent !== status) this.words.textContent = status;
  }
}

function made(tag, name = "") {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}

function added(home, tag, name) {
  const element = made(tag, name);
  home.append(element);
  return element;
}

function span(text, origin) {
  const element = made("span", origin ? `once-by-${origin}` : "");
  element.append(text);
  return element;
}

function grows([before, origin], [text, same]) {
  return origin === same && before !== "" && text.startsWith(before);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const part = (parentElement.oncePart ??= new (data.part === "page" ? Page : Status)(parentElement));
  part.show(data, () => setTriggerValue("ended", data.url));
  return () => {
    part.close();
    if (parentElement.oncePart === part) {
      delete parentElement.oncePart;
      parentElement.replaceChildren();
    }
  };
}
