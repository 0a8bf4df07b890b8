/** Told where features are named that have no pages yet, with what makes them. */
import { Sprout } from "lucide-react";
import type { SaeInfo } from "../../api/types";
import { harvestOf, NewRunButton } from "../-saes/NewRunButton";
import css from "./Runs.module.css";

export function NoHarvest({ sae }: { sae: SaeInfo }) {
  return (
    <div className={css.stack} role="note">
      <p>
        No harvest of {sae.slug} is here yet: the pages of its features have nothing to show before one.{" "}
        <NewRunButton family="harvest" spec={harvestOf(sae)} icon={<Sprout size={14} />}>
          Harvest it
        </NewRunButton>
      </p>
    </div>
  );
}
