import { Link, type LinkProps } from "@tanstack/react-router";
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
} from "lucide-react";
import classes from "./Shell.module.css";

interface Place {
  to: LinkProps["to"];
  label: string;
  icon: LucideIcon;
}

const UPPER: readonly Place[] = [
  { to: "/", label: "Home", icon: House },
  { to: "/chat", label: "Chat", icon: MessageSquare },
  { to: "/lens", label: "Lens", icon: Grid3x3 },
  { to: "/features", label: "Features", icon: LayoutList },
  { to: "/runs", label: "Runs", icon: FlaskConical },
];
const LOWER: readonly Place[] = [
  { to: "/queue", label: "Queue", icon: ListOrdered },
  { to: "/settings", label: "Settings", icon: Settings },
  { to: "/help", label: "Help", icon: Keyboard },
];

function Item({ to, label, icon: Icon }: Place) {
  return (
    <li>
      <Link to={to} className={classes.railItem} activeOptions={{ exact: to === "/", includeSearch: false }}>
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
