/** Why features cannot be shown, and what leads on: a harvest, the SAE's report card, other features. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Sprout } from "lucide-react";
import { dictionaries } from "../../api/features";
import { saes } from "../../api/saes";
import { TroublePage, type TroubleText } from "../../components/States";
import { NewRunButton } from "../-saes/NewRunButton";

interface Props {
  /** As the address names it. */
  sae: string;
  trouble: TroubleText;
  retry: () => void;
}

/** Another SAE stands there now than the one that was harvested. */
const REPLACED = 409;

export function NoDictionary({ sae, trouble, retry }: Props) {
  const { data: library } = useQuery(saes);
  const { data: read } = useQuery(dictionaries);
  const known = library?.items.find(({ slug }) => slug === sae);
  const again = trouble.status === REPLACED;
  const there = !again && read?.some((dictionary) => dictionary.sae === sae);
  return (
    <TroublePage trouble={trouble} retry={retry}>
      {there && (
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/features" search={{ sae }} />}>
          All features of {sae}
        </Button>
      )}
      {known && read && !there && (
        <NewRunButton family="harvest" spec={{ sae: known.path, name: sae }} icon={<Sprout size={14} />}>
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
    </TroublePage>
  );
}
