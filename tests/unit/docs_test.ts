/** Tests of the README and the pages of docs/: that they lead somewhere. */

import assert from "#assert";

const project = new URL("../../", import.meta.url);

/** Paths of the pages, from the project's folder. */
const pages = [
  "README.md",
  ...[...Deno.readDirSync(new URL("docs", project))]
    .map(({ name }) => `docs/${name}`),
];

function read(page: string): string {
  return Deno.readTextFileSync(new URL(page, project));
}

/** What a page links to: from the project's folder, and the place in it. */
function linksOf(page: string): URL[] {
  return [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => new URL(target, new URL(page, project)))
    .filter(({ protocol }) => protocol === "file:");
}

/** The places of a page that a link can name, as forges make them. */
function placesOf(file: URL): string[] {
  return [...Deno.readTextFileSync(file).matchAll(/^#+ (.*)$/gm)]
    .map(([, title = ""]) =>
      title.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
    );
}

for (const page of pages) {
  Deno.test(`the links of ${page} lead to files, and places in them`, () => {
    for (const link of linksOf(page)) {
      const place = link.hash.slice(1);
      link.hash = "";
      assert.ok(Deno.statSync(link).isFile, link.pathname);
      if (place !== "") assert.ok(placesOf(link).includes(place), place);
    }
  });
}

Deno.test("README.md is short, and leads to each page", () => {
  assert.ok(read("README.md").split("\n").length <= 150);
  const linked = linksOf("README.md").map(({ pathname }) => pathname);
  for (const page of pages.slice(1)) {
    assert.ok(linked.includes(new URL(page, project).pathname), page);
  }
});
