import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import type { FamilyCard } from "../../api/types";
import css from "./Runs.module.css";

/** What can be run: each with its form. */
export function FamilyCards({ cards }: { cards: readonly FamilyCard[] }) {
  return (
    <div className={css.cards}>
      {cards.map(({ kind, title, says, evidence }) => (
        <section key={kind} className={css.card}>
          <h3>{title}</h3>
          <p>{says}</p>
          <div className={css.head}>
            <span className="mute">{evidence}</span>
            <Button
              className={css.push}
              renderRoot={(props) => <Link {...props} to="/experiments/$family/new" params={{ family: kind }} />}
              size="compact-sm"
              variant="default"
              leftSection={<Play size={12} />}
              aria-label={`New run: ${title}`}
            >
              New run
            </Button>
          </div>
        </section>
      ))}
    </div>
  );
}
