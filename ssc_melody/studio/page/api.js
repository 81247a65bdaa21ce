/* What the server is asked: addresses are relative to the page's own, which holds the token. */

async function asked(name, options) {
  let answer;
  try {
    answer = await fetch(`api/${name}`, {cache: "no-store", ...options});
  } catch {
    throw new Error("The studio does not answer: was ssc_melody_studio ended?");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let reason = text.trim();
  try {
    reason = JSON.parse(text).error;
  } catch { /* not JSON: the text itself */ }
  throw new Error(reason || `The studio answers ${answer.status}`);
}

const posted = (name, value) => asked(name, {
  method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(value),
});
const sent = async (name, file) => (await asked(`${name}?name=${encodeURIComponent(file.name)}`, {
  method: "POST", headers: {"content-type": "application/octet-stream"}, body: file,
})).json();

export const api = {
  start: async () => (await asked("start")).json(),
  model: async (bundle) => (await posted("model", {bundle})).json(),
  command: async (wish) => (await posted("command", wish)).json(),
  generate: async (wish) => (await posted("generate", wish)).json(),
  file: async (format, melody) => (await posted("export", {format, melody})).blob(),
  notation: async (melodies) => (await posted("notation", {melodies})).json(),
  mixtape: async (title, melodies) => (await posted("mixtape", {title, melodies})).blob(),
  bundle: (file) => sent("bundle", file),
  music: (file) => sent("music", file),
  project: (file) => sent("project", file),
};
