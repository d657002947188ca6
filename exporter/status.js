// Keeps the page up to date: fetches it anew and puts its new content in place
// of the old, with what the reader had opened and focused as it was.
"use strict";
(() => {
  const seconds = 10;
  const live = document.getElementById("live");
  const trouble = document.getElementById("trouble");
  document.getElementById("refresh").hidden = false;

  const path = (element) => {
    if (!element || !document.getElementById("main").contains(element)) return null;
    const same = [...document.querySelectorAll("#main a, #main summary, #main input, #main button, #main pre")];
    return same.indexOf(element);
  };
  const focusAgain = (index) => {
    const same = document.querySelectorAll("#main a, #main summary, #main input, #main button, #main pre");
    if (index !== null && same[index]) same[index].focus({preventScroll: true});
  };

  const update = async () => {
    const selecting = !document.getSelection().isCollapsed;
    const typing = document.activeElement && document.activeElement.id === "item";
    if (!live.checked || document.hidden || selecting || typing) return;
    try {
      const answer = await fetch(location.pathname, {cache: "no-store"});
      if (!answer.ok) throw new Error("status " + answer.status);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = document.getElementById("main");
      const open = [...main.querySelectorAll("details[open]")].map((d) => d.id);
      const focused = path(document.activeElement);
      const item = document.getElementById("item").value;
      main.replaceChildren(...next.getElementById("main").childNodes);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      document.getElementById("item").value = item;
      focusAgain(focused);
      const summary = document.getElementById("summary");
      const fresh = next.getElementById("summary");
      if (summary.textContent !== fresh.textContent) summary.textContent = fresh.textContent;
      summary.className = fresh.className;
      document.title = next.title;
      trouble.textContent = "";
    } catch (error) {
      trouble.textContent = "The exporter does not answer; what is shown is old.";
    }
  };
  setInterval(update, seconds * 1000);
})();
