"use strict";

// Everything here makes a page livelier that works without it.

const clock = seconds => {
  const whole = Math.max(0, Math.floor(seconds));
  return String(Math.floor(whole / 60)).padStart(2, "0") + ":" + String(whole % 60).padStart(2, "0");
};

const size = bytes => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (unit === 0 ? value.toFixed(0) : value.toFixed(1)) + " " + units[unit];
};

const words = {
  pending: "not begun", running: "running", completed: "completed", failed: "failed",
  skipped: "not part of this run", manual_required: "waits for a person"
};

// --- the question before a recovery ---

const form = document.getElementById("start");
if (form) {
  const question = document.getElementById("question");
  form.addEventListener("submit", event => {
    const mode = form.querySelector("[name=mode]:checked");
    if (!mode || mode.value !== "recovery" || document.getElementById("sure").value === "true") {
      return;
    }
    event.preventDefault();
    const name = form.application.value;
    const known = [...document.getElementById("sentences").content.querySelectorAll("[data-application]")]
      .find(each => each.dataset.application === name);
    const backup = form.backup.value === "" ? "the latest good backup"
      : "the backup " + form.backup.selectedOptions[0].textContent.trim();
    document.getElementById("question-text").textContent = "The live database "
      + (known ? known.dataset.database : name) + " will be replaced with " + backup + ", and " + name
      + " will be restarted; the database as it is now stays for a rollback.";
    question.showModal();
  });
  document.getElementById("question-no").addEventListener("click", () => question.close());
  document.getElementById("question-yes").addEventListener("click", () => {
    document.getElementById("sure").value = "true";
    form.requestSubmit();
  });
}

// --- the report ---

const print = document.getElementById("print");
if (print) {
  print.addEventListener("click", () => window.print());
}

// --- a run that goes on ---

const run = document.getElementById("run");
if (run && run.dataset.live === "true") {
  const data = run.dataset;
  const ahead = Number(data.now) - Date.now();
  const elapsed = () => (Date.now() + ahead - Number(data.start)) / 1000;
  const predicted = document.getElementById("predicted");
  const tick = () => {
    const seconds = elapsed();
    document.getElementById("elapsed").textContent = clock(seconds);
    document.getElementById("rto").value = seconds;
    document.querySelector(".clock").classList.toggle("late", seconds > Number(data.target));
    if (predicted && data.predicted) {
      const left = Number(data.predicted) - seconds;
      const end = new Date(Number(data.start) + Number(data.predicted) * 1000).toISOString().substring(11, 19);
      predicted.textContent = left > 0
        ? "predicted end " + end + " UTC, in " + clock(left) + " min, as earlier runs took"
        : "longer than earlier runs took (" + clock(Number(data.predicted)) + " min)";
    }
  };
  tick();
  setInterval(tick, 1000);

  const log = document.getElementById("log");
  const say = (at, text) => {
    const line = document.createElement("li");
    const time = document.createElement("time");
    time.textContent = at.replace("T", " ").replace(/\.\d+Z$|Z$/, " UTC");
    line.append(time, " " + text);
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
    log.append(line);
    if (atEnd) {
      log.scrollTop = log.scrollHeight;
    }
  };
  log.scrollTop = log.scrollHeight;

  const before = {};
  const show = {
    step(event) {
      const item = document.getElementById("step-" + event.step);
      item.className = "step is-" + event.status;
      item.querySelector(".word").textContent = words[event.status] || event.status;
      item.querySelector(".took").textContent =
        event.status === "completed" || event.status === "failed" ? ", " + event.duration_seconds.toFixed(1) + " s" : "";
      item.querySelector(".moving").hidden = true;
      say(event.at, "step " + event.step + " " + event.name + ": " + event.status.replaceAll("_", " "));
    },
    progress(event) {
      const item = document.getElementById("step-" + event.step);
      const moving = item.querySelector(".moving");
      const bar = moving.querySelector("progress");
      moving.hidden = item.className.includes("is-completed");
      bar.setAttribute("aria-label", "progress of step " + event.step);
      if (event.total > 0) {
        bar.max = event.total;
        bar.value = event.done;
      }
      let figures = event.done + " of " + event.total + " " + event.unit;
      if (event.unit === "bytes") {
        figures = size(event.done) + (event.total > 0 ? " of " + size(event.total) : "");
        const last = before[event.step];
        const at = Date.parse(event.at);
        if (last && at > last.at && event.done >= last.done) {
          figures += ", " + size((event.done - last.done) * 1000 / (at - last.at)) + "/s";
        }
        before[event.step] = {at, done: event.done};
      }
      moving.querySelector(".figures").textContent = figures;
    },
    log(event) {
      say(event.at, event.message);
    }
  };

  let last = data.lastEvent;
  const follow = () => {
    const source = new EventSource("/api/v1/runs/" + data.run + "/events?after=" + encodeURIComponent(last));
    for (const kind of Object.keys(show)) {
      source.addEventListener(kind, event => {
        last = event.lastEventId || last;
        show[kind](JSON.parse(event.data));
      });
    }
    source.addEventListener("done", event => {
      source.close();
      if (JSON.parse(event.data).status === data.status) {
        setTimeout(follow, 2000); // it still waits for a person
      } else {
        location.reload();
      }
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(follow, 2000);
      }
    });
  };
  follow();
}
