require ["include", "variables"];
global "kind";
if header :contains "Content-Type" "multipart" { set "kind" "${kind}multi"; } else { set "kind" "${kind}single"; }
