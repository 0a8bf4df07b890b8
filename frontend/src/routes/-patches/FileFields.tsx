/** A tensor of a safetensors file: of one on the server's machine, or of one that is sent there. */
import { Button, FileButton, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTrouble } from "../../api/live";
import { directionFile, uploadDirections } from "../../api/patchLibrary";
import { TroubleNote } from "../../components/States";
import { useDraft } from "../-view/useDraft";
import classes from "./Patches.module.css";
import type { FieldsProps } from "./WhatIsDone";

export function FileFields({ fields: { path, tensor }, change, model }: FieldsProps) {
  const [typed, setTyped] = useDraft(path, (next) => change({ path: next || undefined, tensor: undefined }, "replace"));
  const found = useQuery({ ...directionFile(path), enabled: path !== "" });
  const upload = useMutation({
    mutationFn: uploadDirections,
    onSuccess: (file) => change({ path: file.path, tensor: undefined }),
  });
  const trouble = useTrouble(upload.error ?? found.error);
  const fits = (shape: readonly number[]) => shape.length > 0 && Math.max(...shape) === model.d_model;
  const tensors = (found.data?.tensors ?? []).filter(({ shape }) => fits(shape));
  return (
    <>
      <TextInput
        label="File on the server's machine"
        placeholder="/path/to/directions.safetensors"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <div className={classes.choices}>
        <span className="mute">or</span>
        <FileButton accept=".safetensors" onChange={(file) => file && upload.mutate(file)}>
          {(props) => (
            <Button {...props} variant="default" size="compact-xs" loading={upload.isPending}>
              Send one from here
            </Button>
          )}
        </FileButton>
      </div>
      {trouble && <TroubleNote trouble={trouble} />}
      {found.data && (
        <Select
          label="Tensor"
          description={`${tensors.length} of ${found.data.tensors.length} are as wide as d_model=${model.d_model}.`}
          data={tensors.map(({ name }) => name)}
          value={tensor || (found.data.tensors.length === 1 ? (tensors[0]?.name ?? null) : null)}
          onChange={(name) => change({ tensor: name ?? undefined })}
          searchable
        />
      )}
      <p className={classes.none}>Strength 1 adds the tensor as it stands, at its own length.</p>
    </>
  );
}
