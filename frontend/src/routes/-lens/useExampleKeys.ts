/** `[`, `]` and `r`: the model's examples of the lens, one after another. For an open text: without one these are letters that somebody types. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { examples } from "../../api/queries";
import { useCommands } from "../-shell/commands";
import { exampleLink } from "../-shell/exampleLink";
import { otherThan, stepFrom } from "./walk";

/** `text`: what is being looked at; no example is the current one where it is none of theirs. */
export function useExampleKeys(slug: string, text: string): void {
  const navigate = useNavigate();
  const { data } = useQuery(examples(slug));
  const texts = (data ?? []).filter(({ mode }) => mode === "text");
  const now = texts.findIndex((example) => example.text === text);
  const open = (place: number) => {
    const example = texts[place];
    if (example) navigate(exampleLink(example));
  };
  useCommands(
    texts.length === 0
      ? []
      : [
          { label: "Previous example", key: "[", act: () => open(stepFrom(now, -1, texts.length)) },
          { label: "Next example", key: "]", act: () => open(stepFrom(now, 1, texts.length)) },
          { label: "Random example", key: "r", act: () => open(otherThan(now, texts.length, Math.random())) },
        ],
  );
}
