// The wallboard renews itself: news comes by server-sent events, and whatever happens, it asks again.

const STALE_MS = 16_000;
const AGAIN_MS = 4_000;

const board = document.querySelector(".board");
const stale = document.querySelector(".board-stale");
let heard = Date.now();
let source = null;

function show(news) {
  if (news.version !== board.dataset.version) {
    location.reload();
    return;
  }
  for (const place of document.querySelectorAll("[data-figure]")) {
    place.textContent = news[place.dataset.figure];
    place.classList.toggle("is-zero", place.textContent === "0");
  }
  document.querySelector(".board-lines tbody").replaceChildren(...news.lines.map(line));
}

function line([name, ...figures]) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  const who = document.createElement("bdi");
  head.scope = "row";
  who.textContent = name;
  head.append(who);
  row.append(head, ...figures.map(cell));
  return row;
}

function cell(figure) {
  const one = document.createElement("td");
  one.textContent = figure;
  return one;
}

function listen() {
  source?.close();
  source = new EventSource(board.dataset.events);
  source.onmessage = (event) => {
    hear();
    show(JSON.parse(event.data));
  };
  source.addEventListener("beat", hear);
}

function hear() {
  heard = Date.now();
  look();
}

function look() {
  const isStale = Date.now() - heard > STALE_MS;
  if (isStale !== board.classList.contains("is-stale")) {
    const since = document.querySelector('[data-figure="at"]').textContent;
    board.classList.toggle("is-stale", isStale);
    stale.textContent = isStale ? board.dataset.stale.replace("TIME", since) : "";
  }
}

setInterval(look, 1_000);
setInterval(() => {
  if (source.readyState === EventSource.CLOSED || Date.now() - heard > STALE_MS + AGAIN_MS) {
    listen();
  }
}, AGAIN_MS);
listen();
