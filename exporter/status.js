// Keeps the page up to date: fetches it anew and puts its new content in place
// of the old, with what the reader had opened and focused as it was.
"use strict";
(() => {
  const live = document.getElementById("live");
  const trouble = document.getElementById("trouble");
  const refresh = document.getElementById("refresh");
  refresh.hidden = false;

  const focusable = () => [...document.querySelectorAll("#main :is(a, summary, input, button, pre)")];

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
      const focused = focusable().indexOf(document.activeElement);
      const item = document.getElementById("item").value;
      main.replaceChildren(...next.getElementById("main").childNodes);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      document.getElementById("item").value = item;
      focusable()[focused]?.focus({preventScroll: true});
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
  setInterval(update, refresh.dataset.seconds * 1000);
})();
