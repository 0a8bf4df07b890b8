import { Button } from "@mantine/core";
import { useNotifications } from "@mantine/notifications";
import { useSpotlight } from "@mantine/spotlight";
import { type ReactNode, useEffect } from "react";
import { socket, useConnection, useFollowServer } from "../../api/live";
import { Trouble } from "../../api/trouble";
import { complain } from "./complain";
import { later } from "./later";
import { PageActionsProvider } from "./PageActions";
import { paletteStore } from "./palette.store";
import { Rail } from "./Rail";
import classes from "./Shell.module.css";
import { StatusBar } from "./StatusBar";
import { useGlobalShortcuts } from "./shortcuts";
import { TopBar } from "./TopBar";
import { Warnings } from "./Warnings";

const Palette = later(() => import("./Palette"));
const Notices = later(() => import("./Notices"));

function PaletteSlot() {
  const { opened } = useSpotlight(paletteStore);
  return <Palette wanted={opened} />;
}

export function NoticesSlot() {
  const { notifications } = useNotifications();
  return <Notices wanted={notifications.length > 0} />;
}

/** Shown once a drop lasts: a short one heals before anybody reads about it. */
function Disconnected() {
  const connection = useConnection();
  const lasts = connection.state === "refused" || ("attempt" in connection && connection.attempt >= 2);
  if (!lasts) return null;
  return (
    <div className={classes.banner} role="status">
      <span className={classes.dot} data-state={connection.state} aria-hidden style={{ margin: 0 }} />
      {"says" in connection ? connection.says : "Reconnecting to the server…"} What is on the page stays readable.
      <Button size="compact-xs" variant="default" onClick={() => socket.retryNow()}>
        Retry
      </Button>
    </div>
  );
}

/** What failed without anybody having asked for it, such as the model that the server loads at its start. */
function useComplaints(): void {
  useEffect(
    () =>
      socket.listen((message) => {
        if (message.type === "failed" && message.id === null) complain(new Trouble(message.error, message.next));
      }),
    [],
  );
}

/** The frame around every page; `embed` leaves the page alone. */
export function Shell({ embed, children }: { embed: boolean; children: ReactNode }) {
  useFollowServer();
  useGlobalShortcuts();
  useComplaints();
  if (embed)
    return (
      <PageActionsProvider>
        <main className={classes.bare}>{children}</main>
      </PageActionsProvider>
    );
  return (
    <PageActionsProvider>
      <a className={classes.skip} href="#page">
        To the page
      </a>
      <div className={classes.shell}>
        <TopBar />
        <Rail />
        <Warnings />
        <main className={classes.main} id="page" tabIndex={-1}>
          <Disconnected />
          {children}
        </main>
        <StatusBar />
      </div>
      <PaletteSlot />
    </PageActionsProvider>
  );
}
