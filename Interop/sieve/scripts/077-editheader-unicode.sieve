# execute
require ["editheader", "variables"];
if header :matches "Subject" "*" { addheader "X-Subject" "${1}"; }
addheader "X-Greeting" "Grüße aus München, und das ist ein längerer Satz, der gefaltet werden muss, weil er lang ist";
