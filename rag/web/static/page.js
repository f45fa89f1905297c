// A citation mark [n], or a headline, opens its article beside the chat, at the marked passage,
// which gets the focus; Close or Escape leads back. The server renders the article: one event here
// requests it, another announces it (rag/web/layout/articles_tab.py).
const viewer = {
  from: null, // what was clicked, and gets the focus back afterwards
  get article() {
    return document.querySelector("#article-viewer article:not([hidden])");
  },
  open(origin, target) {
    this.from = origin;
    const detail = { ...target, time: Date.now() };
    document.dispatchEvent(new CustomEvent("footnoted:open", { detail }));
  },
  show() {
    const box = document.getElementById("article-viewer");
    if (!this.article) return;
    const mark = box.querySelector("mark");
    (mark ?? this.article).focus({ preventScroll: true });
    // only the box is scrolled: the page and the chat stay where they are
    const above = mark && mark.getBoundingClientRect().top - box.getBoundingClientRect().top;
    box.scrollTop = mark ? box.scrollTop + above - box.clientHeight / 3 : 0;
  },
  close() {
    if (!this.article) return;
    this.article.hidden = true;
    const back = this.from?.isConnected ? this.from : sameLink(this.from);
    (back ?? document.querySelector("#question textarea"))?.focus({ preventScroll: true });
  },
};

// The chat may have been redrawn in the meantime: the link with the same target.
function sameLink(link) {
  const href = link?.getAttribute("href");
  return href && document.querySelector(`#chat a[href="${href}"], #sources a[href="${href}"]`);
}

// Edit: the question goes back into the box; its answer stays.
function editQuestion(question) {
  const box = document.querySelector("#question textarea");
  if (!box || box.disabled) return;
  box.value = question;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

document.addEventListener("footnoted:opened", () => viewer.show());

document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target : null;
  const edit = from?.closest("#chat a.edit");
  if (edit) {
    event.preventDefault();
    editQuestion(edit.title);
    return;
  }
  if (from?.closest("#chat a.list")) {
    event.preventDefault();
    document.getElementById("tab-articles-button")?.click();
    return;
  }
  const link = from?.closest('a:is(.cite, .open)[href^="#"]');
  if (link) {
    event.preventDefault();
    viewer.open(link, { key: link.getAttribute("href").slice(1) });
    return;
  }
  const row = from?.closest(":is(#article-list, .newsroom-result, #alert-list) button[data-article]");
  if (row) {
    const { article, start, end } = row.dataset;
    viewer.open(row, { article, start: Number(start ?? 0), end: Number(end ?? 0) });
  } else if (from?.closest("#article-viewer button.close")) {
    viewer.close();
  } else if (from?.closest("#conversation-list button")) {
    pressInHistory(from.closest("#conversation-list button"));
  } else if (from?.closest("#alert-list button[data-remove]")) {
    const button = from.closest("button");
    onceConfirmed(button, "Remove for good?", () => {
      const detail = { ...button.dataset, time: Date.now() };
      document.dispatchEvent(new CustomEvent("footnoted:remove-alert", { detail }));
      document.querySelector("#alert-question textarea")?.focus();
    });
  } else if (from?.closest("#sources button[data-export]")) {
    const detail = { ...from.dataset, time: Date.now() };
    document.dispatchEvent(new CustomEvent("footnoted:save-answer", { detail }));
  } else if (from?.closest("#article-viewer button.inspect")) {
    viewer.open(viewer.from, { article: from.dataset.article, inspect: true });
  } else if (from?.closest("#article-viewer button.undo")) {
    sendCorrections({ article: from.dataset.article });
  } else if (from?.closest("#article-viewer button.remove")) {
    const { article } = from.dataset;
    if (!confirm("Remove this article? Its file is moved to a folder of removed files.")) return;
    viewer.close();
    document.dispatchEvent(new CustomEvent("footnoted:remove", { detail: { article } }));
  }
});

// The form that corrects the record of an article: the server renders it, and the article anew.
function sendCorrections(detail) {
  detail.time = Date.now();
  document.dispatchEvent(new CustomEvent("footnoted:correct", { detail }));
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("#article-viewer form.correct");
  if (!form) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  sendCorrections({ article: form.dataset.article, values });
});

// The list of conversations: the data attributes of a button say what it does
// (rag/web/layout/history_tab.py).
function pressInHistory(button) {
  const send = (name) => {
    const detail = { ...button.dataset, time: Date.now() };
    document.dispatchEvent(new CustomEvent(`footnoted:${name}`, { detail }));
  };
  if ("conversation" in button.dataset) {
    send("conversation");
    document.getElementById("tab-ask-button")?.focus({ preventScroll: true });
  } else if ("export" in button.dataset) send("export");
  else {
    onceConfirmed(button, "Delete for good?", () => {
      send("delete");
      const find = (selector) => document.querySelector(selector);
      const next = () =>
        (find("#conversation-list .title") ?? find("#history-switch input"))?.focus();
      document.addEventListener("footnoted:listed", next, { once: true });
    });
  }
}

// The first press makes the button itself ask for confirmation, until it loses the focus.
function onceConfirmed(button, question, act) {
  if (button.classList.contains("confirm")) {
    act();
    return;
  }
  const label = button.innerHTML;
  button.classList.add("confirm");
  button.firstChild.data = question;
  button.addEventListener("blur", () => {
    button.classList.remove("confirm");
    button.innerHTML = label;
  }, { once: true });
}

// The address names the current conversation, so that a reload opens it again.
document.addEventListener("footnoted:current", ({ detail }) => {
  const address = new URL(location.href);
  if (detail) address.searchParams.set("talk", detail);
  else address.searchParams.delete("talk");
  if (address.href !== location.href) history.replaceState(history.state, "", address);
});

// The address names the collection, and each request of the page repeats it
// (rag/web/middleware/collection_gate.py); another collection is another page.
const fetchPlainly = window.fetch;
window.fetch = (resource, options) => {
  const collection = new URLSearchParams(location.search).get("collection");
  if (!collection) return fetchPlainly(resource, options);
  const request = new Request(resource, options);
  if (new URL(request.url).origin === location.origin) {
    request.headers.set("x-footnoted-collection", encodeURIComponent(collection));
  }
  return fetchPlainly(request);
};

document.addEventListener("footnoted:collection", ({ detail }) => {
  const address = new URL(location.href);
  address.search = new URLSearchParams({ collection: detail });
  address.hash = "";
  location.assign(address);
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
  if (event.key === "Escape" && !event.target.closest?.("input, textarea")) viewer.close();
});

// Gradio marks its examples as a list without items: a screen reader would count none.
new MutationObserver(() => {
  const list = document.querySelector('#chat .examples[role="list"]');
  list?.setAttribute("role", "group");
  list?.setAttribute("aria-label", "Example questions");
}).observe(document.documentElement, { childList: true, subtree: true });
