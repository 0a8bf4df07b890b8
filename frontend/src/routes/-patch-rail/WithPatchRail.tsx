/** A page with the patch rail beside it; below it on a phone. It covers nothing: what is written and sent stays in reach. */
import { Button, Indicator, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Blend } from "lucide-react";
import type { ReactNode } from "react";
import type { ModelInfo } from "../../api/types";
import { inForce } from "../../lib/patchRail";
import { useCommands } from "../-shell/commands";
import type { Material } from "../-view/material";
import { SidesSaid } from "./Compare";
import type { RailView } from "./Effect";
import { Missing } from "./Missing";
import css from "./PatchRail.module.css";
import { type Beside, PatchRailPanel } from "./PatchRailPanel";
import type { RailPlace } from "./place";
import { type PatchRail, usePatchRail } from "./usePatchRail";

export interface RailFrame {
  all: PatchRail;
  open: boolean;
  setOpen: (open: boolean) => void;
  /** It takes room that the page needs: what stands side by side there goes under each other. */
  tight: boolean;
}

/** The rail of the page at hand, and whether it is open: as the address says, else where patches are in force and there is room. */
export function useRailFrame(place: RailPlace, rail: boolean | undefined): RailFrame {
  const navigate = useNavigate();
  const all = usePatchRail(place);
  const wide = useMediaQuery("(min-width: 1280px)", true, { getInitialValueInEffect: false });
  const open = rail ?? (wide && place.patches !== undefined);
  const setOpen = (rail: boolean) => navigate({ to: ".", search: (now) => ({ ...now, rail }), replace: true });
  useCommands([{ label: open ? "Close the patches" : "Patches beside the text", act: () => setOpen(!open) }]);
  return { all, open, setOpen, tight: open && !wide };
}

interface Props {
  frame: RailFrame;
  model: Pick<ModelInfo, "slug" | "weights_sha256"> | undefined;
  /** Defaults to none: nothing is written yet. */
  material?: Material;
  view: RailView;
  /** Defaults to nothing that could be compared. */
  beside?: Beside;
  /** What the page shows where the set is not here. Defaults to the model as it is. */
  without?: string;
  children: ReactNode;
}

const ALONE: Beside = { against: undefined };

export function WithPatchRail(props: Props) {
  const {
    frame,
    model,
    material,
    view,
    beside = ALONE,
    without = "Until then the model is as it is.",
    children,
  } = props;
  const { all, open, setOpen } = frame;
  const close = () => setOpen(false);
  const panel = <PatchRailPanel rail={all} {...{ model, material, view, beside, close }} />;
  return (
    <div className={css.frame}>
      <div className={css.main}>
        <Missing hash={all.patches} {...{ without }} leave="Go on without patches" onLeave={() => all.go(undefined)} />
        <Missing
          hash={beside.against ?? undefined}
          without="Until then nothing stands beside this text."
          leave="Stop comparing"
          onLeave={() => beside.setVs?.(undefined)}
        />
        {!open && beside.against !== undefined && (
          <div className={css.missing}>
            <SidesSaid patches={all.patches} against={beside.against} waits={beside.waits} />
          </div>
        )}
        <div>{children}</div>
      </div>
      {open && <aside className={css.rail}>{panel}</aside>}
    </div>
  );
}

/** Opens and closes the rail, and counts what is in force. */
export function RailButton({ frame: { all, open, setOpen } }: { frame: RailFrame }) {
  const count = inForce(all.rail.shelf).length;
  // On a phone it would cover the bar above it, or the text.
  const narrow = useMediaQuery("(max-width: 767px)", false, { getInitialValueInEffect: false });
  return (
    <Tooltip
      disabled={narrow}
      position="bottom-end"
      label={open ? "Close the patches" : "Patches: change the model, and see what it does"}
    >
      <Indicator label={count} size={14} disabled={count === 0} offset={4}>
        <Button
          variant={open ? "light" : "default"}
          leftSection={<Blend size={14} />}
          aria-label={count === 0 ? "Patches" : `Patches, ${count} in force`}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          Patches
        </Button>
      </Indicator>
    </Tooltip>
  );
}
