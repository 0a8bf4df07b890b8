/** Patches that other programs wrote: dropped on the page or chosen, explained, and only then kept. */
import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Import } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTrouble } from "../../api/live";
import { patchKeys } from "../../api/patches";
import { importFiles } from "../../api/patchFiles";
import type { PatchImported } from "../../api/types";
import { TroubleNote, Waiting } from "../../components/States";
import { chosenFiles, dragsFiles, droppedFiles, type SentFile } from "../../lib/droppedFiles";
import { withUnit } from "../../lib/format";
import { useCommands } from "../-shell/commands";
import classes from "./Import.module.css";
import { ImportCard } from "./ImportCard";

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

function Looked({ files, close }: { files: readonly SentFile[]; close: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const look = useMutation({ mutationFn: () => importFiles(files, false) });
  const keep = useMutation({
    mutationFn: () => importFiles(files, true),
    onSuccess: async ({ patches: [first], set }: PatchImported) => {
      await client.invalidateQueries({ queryKey: patchKeys.all });
      close();
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
      <div className={classes.foot}>
        <Button variant="default" onClick={close}>
          {look.data ? "Leave it" : "Close"}
        </Button>
        {look.data && (
          <Button loading={keep.isPending} onClick={() => keep.mutate()}>
            Keep “{look.data.name}”
          </Button>
        )}
      </div>
    </>
  );
}

export function ImportPatch() {
  const [files, setFiles] = useState<SentFile[]>([]);
  const box = useRef<HTMLInputElement>(null);
  const over = useDrop(setFiles);
  useCommands([{ label: "Import a patch…", key: "i", act: () => box.current?.click() }]);
  const close = () => setFiles([]);
  return (
    <>
      <Button variant="default" leftSection={<Import size={14} />} onClick={() => box.current?.click()}>
        Import
      </Button>
      <input
        ref={box}
        type="file"
        multiple
        hidden
        aria-label="Files of a patch"
        onChange={(event) => {
          setFiles(chosenFiles(event.currentTarget.files ?? []));
          // The same file can be chosen again.
          event.currentTarget.value = "";
        }}
      />
      {over && (
        <div className={classes.overlay}>
          <strong>Drop a patch</strong>
          <span>A PEFT adapter as a folder or a zip, steering vectors as .gguf or .safetensors</span>
        </div>
      )}
      <Modal opened={files.length > 0} onClose={close} title="Import a patch" size="lg">
        {files.length > 0 && <Looked key={files.map(({ name }) => name).join("\n")} files={files} close={close} />}
      </Modal>
    </>
  );
}
