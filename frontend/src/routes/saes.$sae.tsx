import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, Navigate } from "@tanstack/react-router";
import { useTrouble } from "../api/live";
import { saeCard, saes } from "../api/saes";
import { TroublePage, Waiting } from "../components/States";
import { OneOf, Renamed, useNowCalled } from "./-saes/Renamed";
import { ReportCard } from "./-saes/ReportCard";

export const Route = createFileRoute("/saes/$sae")({ component: CardPage });

function CardPage() {
  const { sae } = Route.useParams();
  const found = useQuery(saeCard(sae));
  const trouble = useTrouble(found.error);
  const { data: library } = useQuery(saes);
  const now = useNowCalled(sae);
  useDocumentTitle(`${sae} · Microscope`);
  if (found.data) return <ReportCard card={found.data} again={() => found.refetch()} busy={found.isFetching} />;
  if (trouble && now)
    return (
      <Renamed from={sae} to={now}>
        <Navigate to="/saes/$sae" params={{ sae: now }} replace />
      </Renamed>
    );
  return (
    <>
      <h1 className="visually-hidden">{sae}</h1>
      {trouble ? (
        <TroublePage trouble={trouble} retry={() => found.refetch()}>
          <Button component={Link} to="/saes" variant="default">
            SAE library
          </Button>
          {trouble.status === 404 && (
            <OneOf
              what="SAEs that are here"
              names={(library?.items ?? []).map(({ slug }) => slug)}
              link={(name) => (
                <Link to="/saes/$sae" params={{ sae: name }}>
                  {name}
                </Link>
              )}
            />
          )}
        </TroublePage>
      ) : (
        <Waiting what={`Reading ${sae} and measuring it on a short text…`} />
      )}
    </>
  );
}
