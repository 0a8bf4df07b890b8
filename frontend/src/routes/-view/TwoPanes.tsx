/** What is read beside what is known about it: two resizable panes, one over the other on a narrow screen. */
import { Splitter } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./TwoPanes.module.css";

interface Props {
  main: ReactNode;
  /** Undefined while nothing is selected. */
  side: ReactNode | undefined;
  /** Share of the width that the side takes at first, in percent. Defaults to 42. */
  share?: number;
  /** There is less room than the screen has: one over the other. Defaults to false. */
  tight?: boolean;
  /** Remembers the width that the reader chose under this name. */
  name: string;
}

const MAIN_MIN = 28;
const SIDE_MIN = 24;

export function TwoPanes({ main, side, share = 42, tight = false, name }: Props) {
  const [width, setWidth] = useLocalStorage({
    key: `pane-${name}`,
    defaultValue: share,
    getInitialValueInEffect: false,
  });
  const narrow = useMediaQuery("(max-width: 1023px)", false, { getInitialValueInEffect: false });
  // Under each other and nothing over anything: the text box, the menus and the other pages stay in reach.
  if (narrow || tight)
    return (
      <div className={classes.stack} data-split={side !== undefined || undefined}>
        <div className={classes.main}>{main}</div>
        {side !== undefined && <div className={classes.below}>{side}</div>}
      </div>
    );
  // The main pane stays where it is when the side comes: else the keyboard would lose the token that it stands on.
  return (
    <Splitter
      className={classes.splitter}
      sizes={side === undefined ? [100] : [100 - width, width]}
      onSizeChange={([, next]) => {
        if (typeof next === "number") setWidth(next);
      }}
      withHandle={false}
      lineSize={1}
      handleColor="var(--ms-border)"
      attributes={{ handle: { "aria-label": "Width of the panes" } }}
    >
      <Splitter.Pane defaultSize={100 - share} min={MAIN_MIN} className={classes.main}>
        {main}
      </Splitter.Pane>
      {side !== undefined && (
        <Splitter.Pane defaultSize={share} min={SIDE_MIN} className={classes.main}>
          {side}
        </Splitter.Pane>
      )}
    </Splitter>
  );
}
