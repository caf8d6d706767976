require ["include", "fileinto"];
include :personal "inc-lists";
keep;
