import { ActionIcon, Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useParams } from "@tanstack/react-router";
import { PanelLeft } from "lucide-react";
import classes from "./Chat.module.css";
import { ConversationList } from "./ConversationList";

/** The list of conversations where there is no room beside the page. */
export function ListButton() {
  const [open, { toggle, close }] = useDisclosure();
  const { conversation } = useParams({ strict: false });
  return (
    <>
      <ActionIcon
        className={classes.phoneOnly}
        variant="subtle"
        color="gray"
        aria-label="Conversations"
        aria-expanded={open}
        onClick={toggle}
      >
        <PanelLeft size={16} />
      </ActionIcon>
      <Drawer opened={open} onClose={close} size={280} title="Conversations" padding={8}>
        <ConversationList current={conversation} onChosen={close} />
      </Drawer>
    </>
  );
}
