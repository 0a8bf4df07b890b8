import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link } from "@tanstack/react-router";
import { useTrouble } from "../api/live";
import { saeCard } from "../api/saes";
import { TroublePage, Waiting } from "../components/States";
import { ReportCard } from "./-saes/ReportCard";

export const Route = createFileRoute("/saes/$sae")({ component: CardPage });

function CardPage() {
  const { sae } = Route.useParams();
  const found = useQuery(saeCard(sae));
  const trouble = useTrouble(found.error);
  useDocumentTitle(`${sae} · Microscope`);
  if (found.data) return <ReportCard card={found.data} again={() => found.refetch()} busy={found.isFetching} />;
  return (
    <>
      <h1 className="visually-hidden">{sae}</h1>
      {trouble ? (
        <TroublePage trouble={trouble} retry={() => found.refetch()}>
          <Button component={Link} to="/saes" variant="default">
            SAE library
          </Button>
        </TroublePage>
      ) : (
        <Waiting what={`Reading ${sae} and measuring it on a short text…`} />
      )}
    </>
  );
}
