/** Why features cannot be shown, and what leads on: a harvest, the SAE's report card, other features. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Sprout } from "lucide-react";
import type { ReactNode } from "react";
import { dictionaries } from "../../api/features";
import { saes, saeTwins } from "../../api/saes";
import { TroublePage, type TroubleText } from "../../components/States";
import { sameAs } from "../../lib/saes";
import { harvestOf, NewRunButton } from "../-saes/NewRunButton";
import { OneOf, Renamed, useNowCalled } from "../-saes/Renamed";

interface Props {
  /** As the address names it. */
  sae: string;
  trouble: TroubleText;
  retry: () => void;
  /** Leads to the same page of the dictionary that these weights' features have under another name. */
  moved: (name: string) => ReactNode;
}

/** Another SAE stands there now than the one that was harvested. */
const REPLACED = 409;

export function NoDictionary({ sae, trouble, retry, moved }: Props) {
  const { data: library } = useQuery(saes);
  const { data: read } = useQuery(dictionaries);
  const { data: twins } = useQuery(saeTwins);
  const known = library?.items.find(({ slug }) => slug === sae);
  const again = trouble.status === REPLACED;
  const there = !again && read?.some((dictionary) => dictionary.sae === sae);
  const now = useNowCalled(sae);
  const named = read?.find(({ made_of }) => made_of && sameAs(now ?? sae, twins ?? []).includes(made_of));
  if (named && known && !again && !there) return moved(named.sae);
  if (now && read && !there)
    return (
      <Renamed from={sae} to={now}>
        {moved(named?.sae ?? now)}
      </Renamed>
    );
  return (
    <TroublePage trouble={trouble} retry={retry}>
      {there && (
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/features" search={{ sae }} />}>
          All features of {sae}
        </Button>
      )}
      {known && read && !there && (
        <NewRunButton family="harvest" spec={harvestOf(known)} icon={<Sprout size={14} />}>
          {again ? "Harvest it again" : "Harvest it"}
        </NewRunButton>
      )}
      {known && (
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/saes/$sae" params={{ sae }} />}>
          Report card
        </Button>
      )}
      <Button component={Link} to="/features" variant="default">
        All SAEs
      </Button>
      {!known && !there && (
        <OneOf
          what="Features that are here"
          names={(read ?? []).map((dictionary) => dictionary.sae)}
          link={(name) => (
            <Link to="/features" search={{ sae: name }}>
              {name}
            </Link>
          )}
        />
      )}
    </TroublePage>
  );
}
