// A mark [n] in an answer leads to its card: folds open, the card is lit and has the focus.
// Without this the plain link "#c1-1" would do, but not on an address with a query (?__theme=dark).
document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target : null;
  const mark = from?.closest('a.cite[href^="#c"]');
  if (mark) {
    const card = document.getElementById(mark.getAttribute("href").slice(1));
    if (!card) return;
    event.preventDefault();
    for (let fold = card.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
    document.querySelectorAll(".card.lit").forEach((other) => other.classList.remove("lit"));
    card.classList.add("lit");
    bring(card);
    return;
  }
  const back = from?.closest("button.back");
  if (back) {
    const id = back.closest(".card").id;
    bring(document.querySelector(`a.cite[href="#${id}"]`));
  }
});

function bring(element) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "nearest" });
}
