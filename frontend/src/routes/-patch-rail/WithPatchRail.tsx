/** A page with the patch rail beside it; in a drawer where there is no room. */
import { ActionIcon, Button, Drawer, Indicator, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Blend } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { useTrouble } from "../../api/live";
import { patchSet } from "../../api/patches";
import type { ModelInfo } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { inForce } from "../../lib/patchRail";
import { useCommands } from "../-shell/commands";
import type { Material } from "../-view/material";
import type { View } from "../-view/params";
import css from "./PatchRail.module.css";
import { PatchRailPanel } from "./PatchRailPanel";
import { type PatchRail, usePatchRail } from "./usePatchRail";

interface Search {
  patches?: string;
  rail?: boolean;
}

export interface RailFrame {
  all: PatchRail;
  open: boolean;
  setOpen: (open: boolean) => void;
  /** Beside the page, or over it: there at the right, on a phone below. */
  room: "beside" | "right" | "below";
}

/** The rail of the page at hand, and whether it is open: as the address says, else where patches are in force and there is room. */
export function useRailFrame(search: Search, model: string | null): RailFrame {
  const navigate = useNavigate();
  const all = usePatchRail({ patches: search.patches, model });
  const wide = useMediaQuery("(min-width: 1280px)", true, { getInitialValueInEffect: false });
  const phone = useMediaQuery("(max-width: 767px)", false, { getInitialValueInEffect: false });
  const open = search.rail ?? (wide && search.patches !== undefined);
  const setOpen = (rail: boolean) => navigate({ to: ".", search: (now) => ({ ...now, rail }), replace: true });
  useCommands([{ label: open ? "Close the patches" : "Patches beside the text", act: () => setOpen(!open) }]);
  return { all, open, setOpen, room: wide ? "beside" : phone ? "below" : "right" };
}

interface Props {
  frame: RailFrame;
  model: Pick<ModelInfo, "slug" | "weights_sha256"> | undefined;
  /** Defaults to none: nothing is written yet. */
  material?: Material;
  view: Pick<View, "token" | "read">;
  children: ReactNode;
}

export function WithPatchRail({ frame: { all, open, setOpen, room }, model, material, view, children }: Props) {
  const close = () => setOpen(false);
  const panel = <PatchRailPanel rail={all} {...{ model, material, view, close }} />;
  // Escape closes the drawer, and not what lies behind it.
  const kept = (event: KeyboardEvent) => event.key === "Escape" && event.stopPropagation();
  return (
    <div className={css.frame}>
      <div className={css.main}>
        <Missing patches={all.patches} />
        <div>{children}</div>
      </div>
      {room === "beside" && open && <aside className={css.rail}>{panel}</aside>}
      {room !== "beside" && (
        <Drawer.Root
          opened={open}
          onClose={close}
          onKeyDown={kept}
          position={room === "below" ? "bottom" : "right"}
          size={room === "below" ? "64%" : 360}
          // What is written stays in view while patches are switched.
          lockScroll={false}
        >
          <Drawer.Content aria-label="Patches beside the text">
            <Drawer.Body className={css.drawer}>{panel}</Drawer.Body>
          </Drawer.Content>
        </Drawer.Root>
      )}
    </div>
  );
}

/** A set that this server lacks is told; the page goes on without. */
function Missing({ patches }: Pick<PatchRail, "patches">) {
  const navigate = useNavigate();
  const { error, refetch } = useQuery({ ...patchSet(patches ?? ""), enabled: patches !== undefined });
  const trouble = useTrouble(patches === undefined ? null : error);
  if (!trouble) return null;
  return (
    <div className={css.missing}>
      <TroubleNote
        trouble={{ ...trouble, next: `${trouble.next} Until then the model is as it is.` }}
        retry={() => refetch()}
      >
        <Button
          variant="default"
          onClick={() => navigate({ to: ".", search: (now) => ({ ...now, patches: undefined }) })}
        >
          Go on without patches
        </Button>
      </TroubleNote>
    </div>
  );
}

/** Opens and closes the rail, and counts what is in force. */
export function RailButton({ frame: { all, open, setOpen } }: { frame: RailFrame }) {
  const count = inForce(all.rail.shelf).length;
  return (
    <Tooltip label={open ? "Close the patches" : "Patches: change the model while it writes"}>
      <Indicator label={count} size={14} disabled={count === 0} offset={4}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={count === 0 ? "Patches" : `Patches, ${count} in force`}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Blend size={15} />
        </ActionIcon>
      </Indicator>
    </Tooltip>
  );
}
