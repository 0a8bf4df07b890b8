import { ActionIcon, Button, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Bookmark, Link2, Moon, Search, Sun } from "lucide-react";
import { addressSettled } from "../../lib/following";
import { copyText, ON_LOOPBACK } from "./copy";
import { ModelMenu } from "./ModelMenu";
import { PageActionsSlot } from "./PageActions";
import { palette } from "./palette.store";
import classes from "./Shell.module.css";
import { ConnectionDot } from "./StatusBar";
import { saveView } from "./saveView";

export async function copyLink(): Promise<void> {
  await addressSettled();
  await copyText(
    window.location.href,
    ON_LOOPBACK
      ? "Link copied: it opens this view on this machine. For another one, export a bundle."
      : "Link copied: it opens this view as it is now.",
  );
}

export function useThemeToggle(): [dark: boolean, toggle: () => void] {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("dark", { getInitialValueInEffect: false }) === "dark";
  return [dark, () => setColorScheme(dark ? "light" : "dark")];
}

function ThemeToggle() {
  const [dark, toggle] = useThemeToggle();
  return (
    <Tooltip label={dark ? "Light theme (Alt M)" : "Dark theme (Alt M)"}>
      <ActionIcon onClick={toggle} aria-label={dark ? "Light theme" : "Dark theme"}>
        {dark ? <Sun size={14} /> : <Moon size={14} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** Model, search, and what can be done with any page. Pages add their own actions through `PageActions`. */
export function TopBar() {
  return (
    <header className={classes.top}>
      <Link to="/" className={classes.brand} aria-label="Microscope: home">
        <img src="/favicon.svg" alt="" />
        <span>Microscope</span>
      </Link>
      <span className={classes.phone}>
        <ConnectionDot />
      </span>
      <ModelMenu />
      <button type="button" className={classes.search} onClick={palette.open}>
        <Search size={14} aria-hidden style={{ flex: "none" }} />
        <span>Search, ask or run a command</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className={classes.grow} />
      <PageActionsSlot />
      <Button variant="default" leftSection={<Link2 size={14} />} onClick={copyLink} className={classes.wide}>
        Copy link
      </Button>
      <Tooltip label="A short link to this view, kept by this server">
        <Button variant="default" leftSection={<Bookmark size={14} />} onClick={saveView} className={classes.wide}>
          Save view
        </Button>
      </Tooltip>
      <ThemeToggle />
    </header>
  );
}
