// Reads a text aloud with the voice of the browser. Without a voice, the button stays hidden.
(() => {
  if (!("speechSynthesis" in window)) return;
  const voice = window.speechSynthesis;
  const buttons = [...document.querySelectorAll("[data-speech]")];
  const quiet = () => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", "false");
      button.querySelector("span").textContent = button.dataset.listen;
    }
  };
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const running = button.getAttribute("aria-pressed") === "true";
      voice.cancel();
      quiet();
      if (running) return;
      const parts = [...document.querySelectorAll(button.dataset.speech)]
        .filter((part) => part.textContent.trim());
      parts.forEach((part, rank) => {
        const words = new SpeechSynthesisUtterance(part.textContent.trim());
        words.lang = part.closest("[lang]")?.lang || button.dataset.lang;
        words.rate = 0.9;
        if (rank === parts.length - 1) words.onend = quiet;
        voice.speak(words);
      });
      button.setAttribute("aria-pressed", "true");
      button.querySelector("span").textContent = button.dataset.stop;
    });
  }
  window.addEventListener("pagehide", () => voice.cancel());
})();
