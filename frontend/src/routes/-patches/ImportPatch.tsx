/** Patches as files, dropped on the page or chosen: what other programs wrote is explained first, a bundle is opened. */
import { Button, Modal, TextInput } from "@mantine/core";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Import } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTrouble } from "../../api/live";
import { patch, patchKeys, patchSet } from "../../api/patches";
import { importFiles } from "../../api/patchFiles";
import { Trouble } from "../../api/trouble";
import type { PatchImported } from "../../api/types";
import { TroubleNote, Waiting } from "../../components/States";
import { chosenFiles, dragsFiles, droppedFiles, type SentFile } from "../../lib/droppedFiles";
import { withUnit } from "../../lib/format";
import { importBundle } from "../-home/importBundle";
import { useCommands } from "../-shell/commands";
import { complain } from "../-shell/complain";
import { useHere } from "../-shell/here";
import classes from "./Import.module.css";
import { ImportCard } from "./ImportCard";
import { NAME_MAX } from "./NameForm";

/** Calls back with files that are dropped anywhere on the page; whether some are held over it. */
function useDrop(take: (files: SentFile[]) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const hold = (event: DragEvent) => {
      if (!dragsFiles(event.dataTransfer)) return;
      event.preventDefault();
      setOver(true);
    };
    // Between two parts of the page it leaves one for the other; out of the window, for none.
    const leave = (event: DragEvent) => !event.relatedTarget && setOver(false);
    const drop = (event: DragEvent) => {
      if (!dragsFiles(event.dataTransfer) || !event.dataTransfer) return;
      event.preventDefault();
      setOver(false);
      droppedFiles(event.dataTransfer).then(latest.current);
    };
    window.addEventListener("dragover", hold);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", hold);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return over;
}

/** One file that may be a bundle; an adapter's configuration is JSON, too. */
const onlyJson = (files: readonly SentFile[]): File | undefined =>
  files.length === 1 && files[0]?.name.endsWith(".json") ? files[0].file : undefined;

const isBundle = (text: string): boolean => text.includes('"microscope-bundle"');

/** Asks again for what was not there, and tells where it still is not. */
async function lookAgain(client: QueryClient, wanted: string): Promise<void> {
  await client.invalidateQueries({ predicate: ({ state }) => state.status === "error" });
  const here = [patch(wanted), patchSet(wanted)].some(({ queryKey }) => client.getQueryData(queryKey) !== undefined);
  if (here) return;
  complain(
    new Trouble(
      `What was imported holds no patch and no set ${wanted}.`,
      "It is in the library now. Ask for the set's bundle: its page, where the link was made, exports it.",
    ),
  );
}

interface Props {
  /** Hash of what the page lacks, which stays where it is. Defaults to nothing: it goes to what was imported. */
  wanted?: string;
}

interface LookedProps extends Props {
  files: readonly SentFile[];
  close: () => void;
}

function Looked({ files, close, wanted }: LookedProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const stays = useHere();
  const [typed, setTyped] = useState<string>();
  const look = useMutation({ mutationFn: () => importFiles(files, false) });
  const keep = useMutation({
    mutationFn: () => importFiles(files, true, typed),
    onMutate: stays,
    onSuccess: async ({ patches: [first], set }: PatchImported, _, here) => {
      await client.invalidateQueries({ queryKey: patchKeys.all });
      close();
      if (wanted) return lookAgain(client, wanted);
      if (!here()) return;
      if (set) await navigate({ to: "/patches/sets/$hash", params: { hash: set } });
      else if (first) await navigate({ to: "/patches/$hash", params: { hash: first.hash } });
    },
  });
  const begin = look.mutate;
  useEffect(() => begin(), [begin]);
  const trouble = useTrouble(look.error ?? keep.error);
  return (
    <>
      {trouble && <TroubleNote trouble={trouble} />}
      {look.isPending && <Waiting what={`Reading ${withUnit(String(files.length), "file")}…`} />}
      {look.data && <ImportCard card={look.data.card} />}
      {look.data && (
        <TextInput
          mt={12}
          label="Name"
          description="In lists; no part of the hash."
          maxLength={NAME_MAX}
          value={typed ?? look.data.name}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <div className={classes.foot}>
        <Button variant="default" onClick={close}>
          {look.data ? "Leave it" : "Close"}
        </Button>
        {look.data && (
          <Button loading={keep.isPending} onClick={() => keep.mutate()}>
            Keep “{typed?.trim() || look.data.name}”
          </Button>
        )}
      </div>
    </>
  );
}

export function ImportPatch({ wanted }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [files, setFiles] = useState<SentFile[]>([]);
  /** Of what is looked at: other files may have the same names. */
  const [given, setGiven] = useState(0);
  const box = useRef<HTMLInputElement>(null);
  const bundle = useMutation({
    mutationFn: importBundle,
    onMutate: useHere(),
    onSuccess: async ({ open }, _, here) => {
      await client.invalidateQueries({ queryKey: patchKeys.list });
      if (wanted) return lookAgain(client, wanted);
      if (here()) await navigate({ href: open });
    },
    onError: complain,
  });
  const take = async (sent: SentFile[]) => {
    const json = onlyJson(sent);
    if (json && isBundle(await json.text())) return bundle.mutate(json);
    setFiles(sent);
    setGiven((before) => before + 1);
  };
  const over = useDrop(take);
  const key = wanted ? undefined : "i";
  useCommands([{ label: "Import a patch…", key, act: () => box.current?.click() }]);
  const close = () => setFiles([]);
  return (
    <>
      <Button
        variant="default"
        leftSection={<Import size={14} />}
        loading={bundle.isPending}
        onClick={() => box.current?.click()}
      >
        {wanted ? "Import its bundle" : "Import"}
      </Button>
      <input
        ref={box}
        type="file"
        multiple
        hidden
        aria-label="Files of a patch"
        onChange={(event) => {
          take(chosenFiles(event.currentTarget.files ?? []));
          // The same file can be chosen again.
          event.currentTarget.value = "";
        }}
      />
      {over && (
        <div className={classes.overlay}>
          <strong>Drop a patch</strong>
          <span>A bundle (.json), a PEFT adapter as a folder or a zip, steering vectors as .gguf or .safetensors</span>
        </div>
      )}
      <Modal opened={files.length > 0} onClose={close} title="Import a patch" size="lg">
        {files.length > 0 && <Looked key={given} {...{ files, close, wanted }} />}
      </Modal>
    </>
  );
}
