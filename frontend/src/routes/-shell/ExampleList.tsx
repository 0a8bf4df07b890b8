import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import type { Example } from "../../api/types";
import { complain } from "./complain";
import classes from "./ExampleList.module.css";
import { exampleLink } from "./exampleLink";
import { useHere } from "./here";

const inside = (example: Example) => (
  <>
    <span className={classes.title}>
      {example.title}
      <ArrowRight size={13} aria-hidden className={classes.arrow} />
    </span>
    <span className={classes.says}>{example.says}</span>
    <span className={classes.text}>{example.text}</span>
  </>
);

/** What to try first; chat examples open the chat, plain texts the lens. */
export function ExampleList({ examples }: { examples: readonly Example[] }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const stays = useHere();
  if (examples.length === 0) return null;
  const attach = async (adapter: string, text: string) => {
    const here = stays();
    const { withAdapter } = await import("./withAdapter");
    const patches = await withAdapter(client, adapter);
    if (here()) await navigate({ to: "/chat", search: { text, patches } });
  };
  return (
    <ul className={classes.list} aria-label="Examples">
      {examples.map((example) => {
        const { adapter, text } = example;
        return (
          <li key={example.title} className={classes.item}>
            <Link {...exampleLink(example)} className={classes.card}>
              {inside(example)}
            </Link>
            {adapter && (
              <Button
                className={classes.attach}
                variant="default"
                size="compact-xs"
                onClick={() => attach(adapter, text).catch(complain)}
              >
                With the adapter
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
