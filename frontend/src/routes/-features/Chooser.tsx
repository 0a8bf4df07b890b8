/** Which dictionary to open, where the address names none. */
import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { dictionaries } from "../../api/features";
import { useTrouble } from "../../api/live";
import { saes } from "../../api/saes";
import type { SaeInfo } from "../../api/types";
import { Empty, TroublePage, Waiting } from "../../components/States";
import { formatCount } from "../../lib/format";
import { measured, shortNumber } from "../../lib/saes";
import { NewRunButton } from "../-saes/NewRunButton";
import { Fit } from "../-saes/SaeTable";
import classes from "./Features.module.css";

function Choice({ sae, harvested }: { sae: SaeInfo; harvested: boolean }) {
  const number = (key: string) => shortNumber(measured(sae.metrics, key));
  return (
    <li className={classes.choice}>
      {harvested ? (
        <Link to="/features" search={{ sae: sae.slug }} className={classes.choiceName}>
          {sae.slug}
        </Link>
      ) : (
        <span className={classes.unread} title="Harvest it from its report card: then its features have pages">
          {sae.slug} <span className="mute">not harvested yet</span>
        </span>
      )}
      <span className="mono mute">{sae.site}</span>
      <span className={classes.choiceFacts}>
        {sae.architecture} · {formatCount(sae.d_sae)} features · FVU {number("fvu")} · L0 {number("l0")} · loss
        recovered {number("loss_recovered")}
      </span>
      <span className={classes.choiceFit}>
        <Fit fit={sae.fit} />
      </span>
      <Link to="/saes/$sae" params={{ sae: sae.slug }}>
        report card
      </Link>
    </li>
  );
}

function None() {
  return (
    <Empty title="No sparse autoencoder is here yet">
      <p>
        Features come from one: record a layer with <code>microscope trace</code>, train with{" "}
        <code>microscope train</code>, then harvest; or import one that somebody else trained.
      </p>
      <Group gap={8} justify="center">
        <Button component={Link} to="/saes">
          Import one
        </Button>
        <NewRunButton family="train_sae">Train one</NewRunButton>
      </Group>
    </Empty>
  );
}

export function Chooser() {
  const found = useQuery(saes);
  const trouble = useTrouble(found.error);
  const { data: read } = useQuery(dictionaries);
  const items = found.data?.items ?? [];
  return (
    <div className={classes.chooser}>
      <div className={classes.inner}>
        <h1>Features</h1>
        <p className={classes.says}>
          A sparse autoencoder writes a residual as a sum of few directions out of many. Each direction is a feature:
          choose whose to look at.
        </p>
        {trouble && !found.data && <TroublePage trouble={trouble} retry={() => found.refetch()} />}
        {!trouble && !found.data && <Waiting what="Reading the library…" />}
        {found.data && items.length === 0 && <None />}
        {items.length > 0 && (
          <ul className={classes.choices}>
            {items.map((sae) => (
              <Choice
                key={sae.slug}
                sae={sae}
                harvested={read === undefined || read.some((dictionary) => dictionary.sae === sae.slug)}
              />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
