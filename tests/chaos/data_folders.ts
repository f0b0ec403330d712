/** Where the servers of a run keep their recovery journals: some have a folder of their own, some share one. */

/** The first ones have a folder of their own, the last two share one. */
export function dataFolders(parent: string, servers: number): string[] {
  return Array.from({ length: servers }, (_, index) => `${parent}/data-${Math.min(index, servers - 2)}`);
}

/** All files in the journals of these folders. */
export async function journalFiles(folders: readonly string[]): Promise<string[]> {
  const files = await Promise.all([...new Set(folders)].map((path) => listFiles(`${path}/recovery`)));
  return files.flat();
}

async function listFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(`${folder}/${name}`);
  return names;
}
