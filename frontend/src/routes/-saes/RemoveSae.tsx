/** Files that cannot be brought back: what goes and what hangs on it is told before they are deleted. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTrouble } from "../../api/live";
import { saeTied } from "../../api/saes";
import type { SaeInfo, SaeTied } from "../../api/types";
import { type Fact, Facts } from "../../components/Facts";
import { TroubleNote } from "../../components/States";
import { formatBytes } from "../../lib/format";
import { counted } from "../-shell/words";
import classes from "./Saes.module.css";

interface Props {
  sae: SaeInfo;
  remove: () => void;
}

/** One whose files stay where they are is forgotten at once: that can be undone. */
export function RemoveSae({ sae, remove }: Props) {
  const [asked, setAsked] = useState(false);
  const close = () => setAsked(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<Trash2 size={14} />}
        onClick={() => (sae.kept_here ? setAsked(true) : remove())}
      >
        {sae.kept_here ? "Delete…" : "Forget"}
      </Button>
      {/* There while it is closed, too: it is what gives the focus back. */}
      <Modal opened={asked} onClose={close} title={`Delete ${sae.slug}?`} closeButtonProps={{ "aria-label": "Close" }}>
        <Sure {...{ sae, remove, close }} />
      </Modal>
    </>
  );
}

function Sure({ sae, remove, close }: Props & { close: () => void }) {
  const tied = useQuery(saeTied(sae.slug));
  const trouble = useTrouble(tied.error);
  return (
    <Stack gap={12} pt={8}>
      <Facts
        look="halves"
        facts={[
          { name: "Folder", value: sae.path, mono: "value" },
          { name: "Size", value: formatBytes(sae.bytes) },
          ...(tied.data ? hangingOnIt(tied.data) : []),
        ]}
      />
      {trouble && <TroubleNote trouble={trouble} />}
      <p className={classes.hint}>The folder is deleted with everything in it, and cannot be brought back.</p>
      <Group gap={8} justify="flex-end">
        <Button variant="default" data-autofocus onClick={close}>
          Cancel
        </Button>
        <Button color="red" leftSection={<Trash2 size={14} />} loading={tied.isPending} onClick={remove}>
          Delete its files
        </Button>
      </Group>
    </Stack>
  );
}

function hangingOnIt({ twins, dictionaries, labels, notes, stars, lists }: SaeTied): (Fact | false)[] {
  const said = [
    labels > 0 && counted(labels, "label"),
    notes > 0 && counted(notes, "note"),
    stars > 0 && counted(stars, "star"),
    lists > 0 && counted(lists, "list"),
  ].filter(Boolean);
  const harvested = (
    <>
      {dictionaries.length === 0 && "not harvested"}
      {dictionaries.map((name, place) => (
        <span key={name}>
          {place > 0 && ", "}
          <Link to="/features" search={{ sae: name }}>
            {name}
          </Link>
        </span>
      ))}
      {dictionaries.length > 0 && twins.length === 0 && " can still be looked at, and not be tried on a text"}
    </>
  );
  return [
    twins.length > 0 && { name: "Its weights", value: `are here as ${twins.join(", ")}, too` },
    { name: "Its features", value: harvested },
    { name: "Said of them", value: said.length > 0 ? `${said.join(", ")}, which stay` : "nothing" },
  ];
}
