require ["include", "fileinto"];
if header :contains "Subject" "re" { return; }
fileinto "NoReply";
