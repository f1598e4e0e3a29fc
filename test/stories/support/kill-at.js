// Loaded into alpine-k8s by `node --import`: kills it with SIGKILL at a chosen line of its progress. KILL_STEP is a
// step's title; KILL_LINES counts lines of that step, from 0 for the line that begins it. A step with fewer lines is
// killed at its end.
const step = process.env.KILL_STEP;
const wanted = Number(process.env.KILL_LINES);
const write = process.stderr.write.bind(process.stderr);
let seen = -1;

process.stderr.write = (text, ...rest) => {
  const written = write(text, ...rest);
  for (const line of String(text).trimEnd().split("\n")) {
    if (line === `-> ${step}`) seen = 0;
    else if (seen >= 0) seen += 1;
    const ended = line.startsWith(`ok ${step}`);
    if (seen >= wanted || (seen >= 0 && ended)) process.kill(process.pid, "SIGKILL");
  }
  return written;
};
