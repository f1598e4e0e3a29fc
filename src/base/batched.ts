interface Question<T> {
  readonly name: string;
  readonly resolve: (answer: T | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes of a question about many names one about a single name: what is asked for while another question is under way
 * is asked together afterwards, so that never more than one runs. When a common question fails, each name is asked for
 * alone, so that one cannot spoil the others.
 */
export function batched<T>(
  ask: (names: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): (name: string) => Promise<T | undefined> {
  const waiting: Question<T>[] = [];
  let isBusy = false;
  const answer = async (questions: readonly Question<T>[]): Promise<void> => {
    try {
      const found = await ask([...new Set(questions.map(({ name }) => name))]);
      for (const { name, resolve } of questions) resolve(found.get(name));
    } catch (error) {
      if (questions.length === 1) questions[0]?.reject(error);
      else for (const question of questions) await answer([question]);
    }
  };
  const work = async (): Promise<void> => {
    // What is asked for in the same moment belongs to the first question already.
    await Promise.resolve();
    while (waiting.length > 0) await answer(waiting.splice(0));
    isBusy = false;
  };
  return (name) =>
    new Promise((resolve, reject) => {
      waiting.push({ name, resolve, reject });
      if (isBusy) return;
      isBusy = true;
      void work();
    });
}
