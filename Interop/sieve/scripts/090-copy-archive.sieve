require ["copy", "fileinto"];
fileinto :copy "Archive";
if header :contains "Subject" "re:" { redirect :copy "backup@archive.example"; }
