/** Ways round what stands in the place of a run that was refused, as buttons: each is a change of its spec. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ways } from "../../api/runs";
import type { NewRun, Way } from "../../api/types";
import css from "./Runs.module.css";

/** Those with which it would run; undefined until that is known, or while nobody `asks`. */
export function useWays(spec: NewRun["spec"], asks: boolean): readonly Way[] | undefined {
  const { data } = useQuery({
    queryKey: ["ways", spec],
    queryFn: () => ways(spec),
    enabled: asks,
    retry: false,
    staleTime: 10_000,
  });
  return asks ? data : undefined;
}

interface WaysProps {
  of: readonly Way[];
  /** Before what a way says, as in `Run again and write to /data/saes-2`. Defaults to none. */
  after?: string;
  take: (way: Way) => void;
}

export const Ways = ({ of, after, take }: WaysProps) =>
  of.map((way) => (
    <Button key={way.says} variant="default" className={css.way} onClick={() => take(way)}>
      {after ? `${after} ${way.says.charAt(0).toLowerCase()}${way.says.slice(1)}` : way.says}
    </Button>
  ));
