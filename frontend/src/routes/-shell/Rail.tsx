import { Link, type LinkProps, useLocation } from "@tanstack/react-router";
import {
  FlaskConical,
  Grid3x3,
  House,
  Keyboard,
  LayoutList,
  ListOrdered,
  type LucideIcon,
  MessageSquare,
  Settings,
  SlidersHorizontal,
} from "lucide-react";
import classes from "./Shell.module.css";

interface Place {
  to: LinkProps["to"];
  label: string;
  icon: LucideIcon;
  /** Where pages lie that belong to it and not below it. Defaults to none. */
  also?: string;
}

const UPPER: readonly Place[] = [
  { to: "/", label: "Home", icon: House },
  { to: "/chat", label: "Chat", icon: MessageSquare },
  { to: "/lens", label: "Lens", icon: Grid3x3 },
  { to: "/features", label: "Features", icon: LayoutList, also: "/saes" },
  { to: "/patches", label: "Patches", icon: SlidersHorizontal },
  { to: "/runs", label: "Runs", icon: FlaskConical, also: "/experiments" },
];
const LOWER: readonly Place[] = [
  { to: "/queue", label: "Queue", icon: ListOrdered },
  { to: "/settings", label: "Settings", icon: Settings },
  { to: "/help", label: "Help", icon: Keyboard },
];

const MARKED = { "data-status": "active", "aria-current": true } as const;

function Item({ to, label, icon: Icon, also }: Place) {
  const within = useLocation({ select: ({ pathname }) => also !== undefined && `${pathname}/`.startsWith(`${also}/`) });
  return (
    <li>
      <Link
        to={to}
        className={classes.railItem}
        activeOptions={{ exact: to === "/", includeSearch: false }}
        {...(within ? MARKED : {})}
      >
        <Icon size={17} strokeWidth={1.75} aria-hidden />
        {label}
      </Link>
    </li>
  );
}

/** The pages that there are. */
export function Rail() {
  return (
    <nav className={classes.rail} aria-label="Pages">
      <ul>
        {UPPER.map((place) => (
          <Item key={place.label} {...place} />
        ))}
        <li className={classes.railPush} aria-hidden />
        {LOWER.map((place) => (
          <Item key={place.label} {...place} />
        ))}
      </ul>
    </nav>
  );
}
