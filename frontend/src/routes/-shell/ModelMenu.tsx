import { Alert, Button, Group, Popover, Progress, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Check, ChevronsUpDown } from "lucide-react";
import { useState } from "react";
import { ask } from "../../api/live";
import { loading, modelInfo, models } from "../../api/queries";
import { asTrouble } from "../../api/trouble";
import type { LoadModel } from "../../api/types";
import { ParityBadge } from "../../components/ParityBadge";
import classes from "./Shell.module.css";
import { gigabytes, parameters } from "./words";

const DTYPES = ["auto", "float32", "bfloat16", "float16"] as const;

/** Loads a model, or switches to one that is resident. */
export function useLoadModel() {
  return useMutation({
    mutationFn: (request: LoadModel) => ask({ type: "load_model", request }, "model_loaded"),
    onSuccess: ({ model }) => notifications.show({ message: `${model.slug} is ready.`, color: "green" }),
  });
}

function LoadBar() {
  const { data: progress } = useQuery(loading);
  if (!progress) return null;
  const share = progress.of_bytes > 0 ? (100 * progress.done_bytes) / progress.of_bytes : 100;
  return (
    <div aria-live="polite">
      <Text size="xs" c="dimmed">
        {progress.stage} {progress.model}
        {progress.of_bytes > 0 && ` · ${gigabytes(progress.done_bytes)} of ${gigabytes(progress.of_bytes)}`}
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
            {bytes > 0 && ` · ${gigabytes(bytes)}`}
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

/** The current model, how it was checked, and the way to another one. */
export function ModelMenu() {
  const { data: info } = useQuery(modelInfo);
  const { data: progress } = useQuery(loading);
  const load = useLoadModel();
  const trouble = load.error ? asTrouble(load.error) : undefined;
  return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <Popover width={360} position="bottom-start" shadow="md">
        <Popover.Target>
          <button type="button" className={classes.model} aria-label={`Model ${info?.slug ?? "none"}: choose`}>
            <span className={classes.name}>{progress ? `${progress.stage}…` : (info?.slug ?? "no model")}</span>
            {info && !progress && (
              <span className={`mute ${classes.wide}`}>
                {info.n_layers}L · {parameters(info.n_parameters)}
              </span>
            )}
            <ChevronsUpDown size={13} aria-hidden />
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap={10}>
            <div className="label">Models</div>
            <Choices load={load.mutate} current={info?.slug} />
            <LoadBar />
            {trouble && (
              <Alert color="red" p={8} title={trouble.error} role="alert">
                {trouble.next}
              </Alert>
            )}
            <OpenAnother load={load.mutate} busy={load.isPending} />
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {info && (
        <span className={classes.wide}>
          <ParityBadge parity={info.parity} />
        </span>
      )}
    </Group>
  );
}
