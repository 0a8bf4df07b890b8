import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ArrowRight, FileCode2 } from "lucide-react";
import type { Example } from "../../api/types";
import { copyText } from "./copy";
import classes from "./ExampleList.module.css";
import { exampleLink } from "./exampleLink";

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
  if (examples.length === 0) return null;
  return (
    <ul className={classes.list} aria-label="Examples">
      {examples.map((example) => {
        const { python } = example;
        return (
          <li key={example.title} className={classes.item}>
            <Link {...exampleLink(example)} className={classes.card}>
              {inside(example)}
            </Link>
            {python && (
              <Button
                className={classes.python}
                variant="subtle"
                color="gray"
                size="compact-xs"
                leftSection={<FileCode2 size={13} />}
                onClick={() => copyText(python, "Python copied. The tutorial says what it needs.")}
              >
                Copy the Python
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
