// A mark [n], or a headline, opens its article beside the chat, at the marked passage, which has
// the focus; Close or Escape leads back to where one was. The server renders the article: here it
// is asked for by one event and announced by another (rag/web/handlers/articles.py).
const reader = {
  from: null, // what was clicked, and has the focus again afterwards
  get article() {
    return document.querySelector("#reader article:not([hidden])");
  },
  open(origin, wanted) {
    this.from = origin;
    const detail = { ...wanted, time: Date.now() };
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

// Edit: the question goes back into the box; what was answered stays.
function take(question) {
  const box = document.querySelector("#question textarea");
  if (!box || box.disabled) return;
  box.value = question;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

document.addEventListener("footnoted:opened", () => reader.show());

document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target : null;
  const edit = from?.closest("#chat a.edit");
  if (edit) {
    event.preventDefault();
    take(edit.title);
    return;
  }
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
  } else if (from?.closest("#kept button")) {
    kept(from.closest("#kept button"));
  } else if (from?.closest("#reader button.remove")) {
    const { article } = from.dataset;
    if (!confirm("Remove this article? Its file is moved away and kept.")) return;
    reader.close();
    document.dispatchEvent(new CustomEvent("footnoted:remove", { detail: { article } }));
  }
});

// The list of conversations: what a button asks for is told by its data (rag/web/handlers/history.py).
function kept(button) {
  const tell = (name) => {
    const detail = { ...button.dataset, time: Date.now() };
    document.dispatchEvent(new CustomEvent(`footnoted:${name}`, { detail }));
  };
  if ("talk" in button.dataset) {
    tell("talk");
    document.getElementById("room-ask-button")?.focus({ preventScroll: true });
  } else if ("export" in button.dataset) tell("export");
  else if (button.classList.contains("sure")) {
    tell("delete");
    const seek = (each) => document.querySelector(each);
    const next = () => (seek("#kept .title") ?? seek("#keep input"))?.focus();
    document.addEventListener("footnoted:kept", next, { once: true });
  } else {
    // asked once more, in its own place, until one looks elsewhere
    const told = button.innerHTML;
    button.classList.add("sure");
    button.firstChild.data = "Delete for good?";
    button.addEventListener("blur", () => {
      button.classList.remove("sure");
      button.innerHTML = told;
    }, { once: true });
  }
}

// The address names the conversation in hand, so that a reload comes back to it.
document.addEventListener("footnoted:in-hand", ({ detail }) => {
  const address = new URL(location.href);
  if (detail) address.searchParams.set("talk", detail);
  else address.searchParams.delete("talk");
  if (address.href !== location.href) history.replaceState(history.state, "", address);
});

document.addEventListener("footnoted:save", ({ detail }) => {
  if (!detail?.text) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([detail.text], { type: "text/plain;charset=utf-8" }));
  link.download = detail.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.target.closest?.("input, textarea")) reader.close();
});

// Gradio calls its examples a list, of which they are no items: a screen reader would count none.
new MutationObserver(() => {
  const list = document.querySelector('#chat .examples[role="list"]');
  list?.setAttribute("role", "group");
  list?.setAttribute("aria-label", "Example questions");
}).observe(document.documentElement, { childList: true, subtree: true });
