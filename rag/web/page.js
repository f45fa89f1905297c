// A mark [n], or a headline, opens its article beside the chat, at the marked passage, which has
// the focus; Close or Escape leads back to where one was. The server renders the article: here it
// is asked for by one event and announced by another (rag/web/reading.py).
const reader = {
  from: null, // what was clicked, and has the focus again afterwards
  get article() {
    return document.querySelector("#reader article:not([hidden])");
  },
  open(origin, wanted) {
    this.from = origin;
    const detail = { ...wanted, asked: Date.now() };
    document.dispatchEvent(new CustomEvent("footnoted:open", { detail }));
  },
  show() {
    const box = document.getElementById("reader");
    if (!this.article) return;
    const mark = box.querySelector("mark");
    (mark ?? this.article).focus({ preventScroll: true });
    // the box alone is scrolled: the page and the chat stay where they are
    const above = mark && mark.getBoundingClientRect().top - box.getBoundingClientRect().top;
    box.scrollTop = mark ? box.scrollTop + above - box.clientHeight / 3 : 0;
  },
  close() {
    if (!this.article) return;
    this.article.hidden = true;
    const back = this.from?.isConnected ? this.from : again(this.from);
    (back ?? document.querySelector("#question textarea"))?.focus({ preventScroll: true });
  },
};

// The chat may have been drawn anew meanwhile: the same link, by where it leads.
function again(link) {
  const href = link?.getAttribute("href");
  return href && document.querySelector(`#chat a[href="${href}"], #sources a[href="${href}"]`);
}

document.addEventListener("footnoted:opened", () => reader.show());

document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target : null;
  const link = from?.closest('a:is(.cite, .open)[href^="#"]');
  if (link) {
    event.preventDefault();
    reader.open(link, { key: link.getAttribute("href").slice(1) });
    return;
  }
  const row = from?.closest("#shelf button[data-article]");
  if (row) {
    reader.open(row, { article: row.dataset.article });
  } else if (from?.closest("#reader button.close")) {
    reader.close();
  } else if (from?.closest("#reader button.remove")) {
    const { article } = from.dataset;
    if (!confirm("Remove this article? Its file is moved away and kept.")) return;
    reader.close();
    document.dispatchEvent(new CustomEvent("footnoted:remove", { detail: { article } }));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.target.closest?.("input, textarea")) reader.close();
});
