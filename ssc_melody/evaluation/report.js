/* The report's melodies are played, and tables that are cut say so. Needs synth.js. */
(() => {
  const holder = document.getElementById("melodies");
  const melodies = holder ? JSON.parse(holder.textContent) : [];
  let synth = null;
  let playing = null; // {button, head, start, end, frame}

  function stop() {
    if (!playing) return;
    synth.silence();
    cancelAnimationFrame(playing.frame);
    playing.button.textContent = "Play";
    playing.button.setAttribute("aria-label", playing.button.getAttribute("aria-label").replace(/^Stop/, "Play"));
    playing.card.classList.remove("on");
    playing = null;
  }

  async function play(button) {
    const again = playing?.button === button;
    stop();
    if (again) return;
    synth ??= new Synth(new AudioContext(), "piano");
    const {context} = synth;
    await context.resume();
    const notes = melodies[button.dataset.melody];
    const start = context.currentTime + 0.1;
    for (const [pitch, at, seconds] of notes) synth.note({pitch, start: start + at, seconds, velocity: 90});
    const card = button.closest(".melody");
    const roll = card.querySelector("svg");
    const steps = roll.viewBox.baseVal.width / 6;
    const length = steps * 0.125;
    button.textContent = "Stop";
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^Play/, "Stop"));
    card.classList.add("on");
    playing = {button, card, frame: 0};
    const follow = () => {
      const share = (context.currentTime - start) / length;
      card.querySelector(".head").setAttribute("transform", `translate(${Math.max(0, share) * steps * 6} 0)`);
      if (share >= 1) stop();
      else playing.frame = requestAnimationFrame(follow);
    };
    follow();
  }

  for (const button of document.querySelectorAll("[data-melody]")) button.addEventListener("click", () => play(button));

  const look = () => {
    for (const box of document.querySelectorAll(".wide")) {
      box.classList.toggle("cut", box.scrollWidth > box.clientWidth + 1);
    }
  };
  window.addEventListener("resize", look);
  look();
})();
