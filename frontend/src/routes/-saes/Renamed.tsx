/** Links by a name that an SAE had before, or that no SAE has: they lead to the one that is meant, or to those that are here. */
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { saes } from "../../api/saes";
import type { SaeInfo } from "../../api/types";
import classes from "./Saes.module.css";

/** What the SAE that had this name is called now; undefined where none had it, or another has it now. */
export function nowCalled(name: string, items: readonly Pick<SaeInfo, "slug" | "formerly">[]): string | undefined {
  if (items.some(({ slug }) => slug === name)) return undefined;
  return items.find(({ formerly }) => formerly.includes(name))?.slug;
}

export function useNowCalled(name: string): string | undefined {
  const { data } = useQuery(saes);
  return data && nowCalled(name, data.items);
}

interface RenamedProps {
  from: string;
  to: string;
  /** What leads there. */
  children: ReactNode;
}

/** Says that a link goes by an old name, while it is followed. */
export function Renamed({ from, to, children }: RenamedProps) {
  useEffect(() => {
    const message = `The SAE “${from}” is called “${to}” now: the link was followed to it.`;
    notifications.show({ id: `renamed-${from}`, message, autoClose: 10_000 });
  }, [from, to]);
  return children;
}

const LISTED = 12;

interface OneOfProps {
  names: readonly string[];
  /** What one of them is. */
  what: string;
  link: (name: string) => ReactNode;
}

/** Those that are here, to choose from. */
export function OneOf({ names, what, link }: OneOfProps) {
  if (names.length === 0) return null;
  return (
    <nav aria-label={what} className={classes.oneOf}>
      {what}:{" "}
      {names.slice(0, LISTED).map((name) => (
        <span key={name}>{link(name)}</span>
      ))}
      {names.length > LISTED && <span className="mute">and {names.length - LISTED} more</span>}
    </nav>
  );
}
