document.getElementById("playground")!.textContent = "chainrule";
