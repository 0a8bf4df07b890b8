import { Group, Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ChevronsUpDown } from "lucide-react";
import { lazy, Suspense } from "react";
import { loading, modelInfo } from "../../api/queries";
import { ParityBadge } from "../../components/ParityBadge";
import { Waiting } from "../../components/States";
import classes from "./Shell.module.css";
import { parameters } from "./words";

// Forms and lists are fetched when somebody opens them.
const ModelPanel = lazy(() => import("./ModelPanel"));

/** The current model, how it was checked, and the way to another one. */
export function ModelMenu() {
  const { data: info } = useQuery(modelInfo);
  const { data: progress } = useQuery(loading);
  return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <Popover width={360} position="bottom-start" shadow="md">
        <Popover.Target>
          <button type="button" className={classes.model}>
            <span className="visually-hidden">Model: </span>
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
          <Suspense fallback={<Waiting what="Looking for models…" />}>
            <ModelPanel />
          </Suspense>
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
