require ["include", "variables", "fileinto"];
global "kind";
include :global :once "inc-kind";
include :global :once "inc-kind";
if not string "${kind}" "" { fileinto "Kind/${kind}"; }
