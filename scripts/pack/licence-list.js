/** A line for each package among the files: its name, version and licence, and where the licence's text is. */
export function licenceList(files) {
  const lines = files.flatMap(({ name, content }) => {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(name) ?? [];
    return folder === undefined ? [] : [line(folder, JSON.parse(content), textsIn(folder, files))];
  });
  return `Packages inside, with their licences and the texts of these; node/LICENSE is Node's.\n\n${lines.sort().join("")}`;
}

function textsIn(folder, files) {
  const names = files.filter(({ name }) => name.startsWith(`${folder}/`)).map(({ name }) => name);
  return names.filter((name) => /^(licen[cs]e|copying|notice)[^/]*$/i.test(name.slice(folder.length + 1))).sort();
}

function line(folder, { name, version, license, licenses = [] }, texts) {
  if (texts.length === 0) throw new Error(`${folder} has no text of its licence, so it may not be given away`);
  // Old packages have a list of licences.
  const licence = license ?? licenses.map(({ type }) => type).join(" OR ");
  return `${name} ${version}: ${licence}; ${texts.join(", ")}\n`;
}
