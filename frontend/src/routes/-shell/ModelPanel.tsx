import { Button, Group, Progress, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState } from "react";
import { loading, modelInfo, models } from "../../api/queries";
import { asTrouble } from "../../api/trouble";
import type { LoadModel } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { formatBytes } from "../../lib/format";
import { useLoadModel } from "./loadModel";
import classes from "./Shell.module.css";
import { tunedWords } from "./words";

const DTYPES = ["auto", "float32", "bfloat16", "float16"] as const;

function LoadBar() {
  const { data: progress } = useQuery(loading);
  if (!progress) return null;
  const share = progress.of_bytes > 0 ? (100 * progress.done_bytes) / progress.of_bytes : 100;
  return (
    <div aria-live="polite">
      <Text size="xs" c="dimmed">
        {progress.stage} {progress.model}
        {progress.of_bytes > 0 && ` · ${formatBytes(progress.done_bytes)} of ${formatBytes(progress.of_bytes)}`}
      </Text>
      <Progress value={share} size={4} animated={progress.of_bytes === 0} aria-label={`Loading ${progress.model}`} />
    </div>
  );
}

function Choices({ load, current }: { load: (request: LoadModel) => void; current: string | undefined }) {
  const { data: choices } = useQuery(models);
  return (
    <Stack gap={2}>
      {choices?.map(({ slug, name, state, bytes }) => (
        <button
          key={slug}
          type="button"
          className={classes.choice}
          aria-current={slug === current}
          onClick={() => load({ model: name, revision: "", dtype: "auto", device: "auto" })}
        >
          <Check size={13} aria-hidden style={{ visibility: slug === current ? "visible" : "hidden" }} />
          <span style={{ flex: 1, overflowWrap: "anywhere" }}>{slug}</span>
          <span className="mute mono">
            {state}
            {bytes > 0 && ` · ${formatBytes(bytes)}`}
          </span>
        </button>
      ))}
    </Stack>
  );
}

function OpenAnother({ load, busy }: { load: (request: LoadModel) => void; busy: boolean }) {
  const [name, setName] = useState("");
  const [dtype, setDtype] = useState<LoadModel["dtype"]>("auto");
  const [device, setDevice] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) load({ model: name.trim(), revision: "", dtype, device: device.trim() || "auto" });
      }}
    >
      <Stack gap={6}>
        <TextInput
          label="Open another model"
          placeholder="gpt2, Qwen/Qwen3-0.6B or /path/to/folder"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          classNames={{ input: "mono" }}
          spellCheck={false}
        />
        <Group gap={6} align="end" wrap="nowrap">
          <Select
            label="dtype"
            data={DTYPES}
            value={dtype}
            allowDeselect={false}
            onChange={(value) => setDtype(DTYPES.find((one) => one === value) ?? "auto")}
            comboboxProps={{ withinPortal: false }}
            w={110}
          />
          <TextInput
            label="device"
            placeholder="auto"
            value={device}
            onChange={(event) => setDevice(event.currentTarget.value)}
            w={90}
          />
          <Button type="submit" ml="auto" loading={busy} disabled={!name.trim()}>
            Load
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The models that there are, the one that is loading, and the way to another. */
export default function ModelPanel() {
  const { data: info } = useQuery(modelInfo);
  const load = useLoadModel();
  return (
    <Stack gap={10}>
      <div className="label">Models</div>
      <Choices load={load.mutate} current={info?.slug} />
      {info?.tuned_lens && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          Tuned lens of {info.slug}: {tunedWords(info.tuned_lens)}
        </Text>
      )}
      <LoadBar />
      {load.error && <TroubleNote trouble={asTrouble(load.error)} />}
      <OpenAnother load={load.mutate} busy={load.isPending} />
    </Stack>
  );
}
